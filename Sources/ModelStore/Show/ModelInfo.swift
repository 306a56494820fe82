package import JSON
package import ModelFiles

/// A GGUF file's metadata and tensors as JSON.
package enum ModelInfo {
    /// Keys that stand elsewhere in an answer.
    private static let others: Set<String> = ["general.name", "tokenizer.chat_template"]

    /// The metadata, sorted by key, with the number of parameters.
    ///
    /// - Parameters:
    ///   - file: The file's description.
    ///   - lists: Whether lists are written; otherwise, and where they were not read, they are null.
    ///   - parameterCount: The number of parameters; nil for that of this file.
    package static func metadata(
        _ file: GGUFDescription,
        lists: Bool,
        parameterCount: Int? = nil
    ) -> JSONObject {
        var values = file.header.entries.mapValues { json($0.value, lists: lists) }
        for key in others { values[key] = nil }
        values["general.parameter_count"] = JSONValue(parameterCount ?? file.parameterCount)
        return JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    /// The tensors: name, type and shape of each.
    ///
    /// - Parameter file: The file's description.
    package static func tensors(_ file: GGUFDescription) -> [JSONValue] {
        file.tensors.map { tensor in
            [
                "name": .string(tensor.name), "type": .string(tensor.type.name),
                "shape": .array(tensor.shape.map { JSONValue($0) }),
            ]
        }
    }

    /// What can be said of a model that runs elsewhere.
    ///
    /// - Parameter config: Its configuration.
    package static func metadata(ofRemote config: ModelConfig) -> JSONObject {
        guard let family = config.family else { return [:] }
        var object: JSONObject = ["general.architecture": .string(family)]
        object["general.basename"] = config.baseName.map { .string($0) }
        object["\(family).context_length"] = config.contextLength.map { JSONValue($0) }
        object["\(family).embedding_length"] = config.embeddingLength.map { JSONValue($0) }
        return object
    }

    private static func json(_ value: GGUFValue, lists: Bool) -> JSONValue {
        switch value {
        case .unsigned(let number):
            Int64(exactly: number).map { .integer($0) } ?? .number(Double(number))
        case .signed(let number): .integer(number)
        case .real(let number): .number(shortest(number))
        case .bool(let value): .bool(value)
        case .text(let text): .string(text)
        case .list(let list): lists ? .array(list.map { json($0, lists: true) }) : .null
        case .array: .null
        }
    }

    /// The number that a file's short floating-point number stood for: 0.00001, not
    /// 0.00000999999974.
    private static func shortest(_ number: Double) -> Double {
        let short = Float(number)
        return Double(short) == number ? Double("\(short)") ?? number : number
    }
}

extension ModelStore {
    /// A model's metadata, and its tensors when all is asked for.
    package struct Inspection: Sendable {
        /// The metadata of the model's file.
        package var metadata: JSONObject
        /// The metadata of its first projector; nil when it has none.
        package var projector: JSONObject?
        /// The tensors of all parts; empty unless all was asked for.
        package var tensors: [JSONValue] = []
        /// Its Jinja template.
        package var chatTemplate: String?
    }

    /// Looks into a model's files; reads up to 64 MiB of each, every time.
    ///
    /// - Parameters:
    ///   - model: A model of this store.
    ///   - isVerbose: Whether lists and tensors are wanted too.
    /// - Throws: `StoreProblem` when a file is missing or broken.
    package func inspect(
        _ model: StoredModel,
        isVerbose: Bool
    ) throws(StoreProblem) -> Inspection {
        var problems: [StoreProblem] = []
        let config = config(of: model, &problems)
        let layers = model.manifest.layers(.model)
        guard config.isGGUF, !config.isRemote, let first = layers.first else {
            return Inspection(metadata: ModelInfo.metadata(ofRemote: config))
        }
        let lists: GGUFDescription.Lists = isVerbose ? .whole : .short
        var main = try description(at: files.place(of: first.digest), lists: lists)
        var parts = [main]
        if let count = main.header.partCount, count > 1 {
            for layer in layers.dropFirst().prefix(count - 1) {
                parts.append(try description(at: files.place(of: layer.digest), lists: lists))
            }
            main = parts.first { $0.header.part == 0 } ?? main
        }
        let count = parts.reduce(0) { sum, part in
            let (total, overflowed) = sum.addingReportingOverflow(part.parameterCount)
            return overflowed ? .max : total
        }
        var inspection = Inspection(
            metadata: ModelInfo.metadata(main, lists: isVerbose, parameterCount: count)
        )
        inspection.chatTemplate = main.header.chatTemplate
        if isVerbose { inspection.tensors = parts.flatMap(ModelInfo.tensors) }
        if let layer = model.manifest.layers(.projector).first {
            let file = try description(at: files.place(of: layer.digest), lists: lists)
            inspection.projector = ModelInfo.metadata(file, lists: isVerbose)
        }
        return inspection
    }
}
