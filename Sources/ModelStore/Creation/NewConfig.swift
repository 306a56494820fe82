internal import JSON
internal import ModelFiles

/// The configuration of a model that is being made.
struct NewConfig {
    static let mediaType = "application/vnd.docker.container.image.v1+json"

    /// The members, those of other programs too.
    private(set) var object: JSONObject

    /// Begins with that of another model, or with nothing.
    init(_ base: JSONObject = [:]) {
        object = base
    }

    /// Adds what files say; what was said already stays.
    ///
    /// - Parameter layers: The layers of the model.
    mutating func describe(_ layers: [NewLayer]) {
        let models = layers.filter { $0.kind == .model && $0.file != nil }
        if let main = models.first?.file {
            let facts = GGUFFacts(main)
            let count = models.reduce(0) { sum, layer in
                let (total, isBeyond) = sum.addingReportingOverflow(layer.file?.parameterCount ?? 0)
                return isBeyond ? .max : total
            }
            add("model_format", "gguf")
            add("model_family", facts.architecture)
            addFamily(facts.architecture)
            add("model_type", ParameterSize.text(count))
            add("file_type", facts.quantization ?? "unknown")
        }
        for layer in layers where layer.kind == .projector {
            addFamily(layer.file?.header.architecture)
        }
    }

    /// Says how the weights are stored from now on.
    mutating func setQuantization(_ type: String) { object["file_type"] = .string(type) }

    /// Takes what a request says.
    mutating func take(_ request: CreateRequest) throws(StoreError) {
        set("renderer", request.renderer)
        set("parser", request.parser)
        set("requires", try CreateRules.version(request.requires))
        for (name, value) in request.info.members where !value.isNull {
            if let own = CreateRules.infoNames[name] { object[own] = value }
        }
    }

    /// The whole configuration of a model with these layers.
    func bytes(_ layers: [NewLayer]) -> [UInt8] {
        var object = object
        if object["architecture"] == nil { object["architecture"] = "amd64" }
        if object["os"] == nil { object["os"] = "linux" }
        object["rootfs"] = [
            "type": "layers", "diff_ids": .array(layers.map { .string("\($0.digest)") }),
        ]
        return JSONValue.object(object).serialized
    }

    private mutating func add(_ name: String, _ text: String?) {
        let known = object[name]?.stringValue ?? ""
        if known.isEmpty { object[name] = text.map { .string($0) } }
    }

    private mutating func set(_ name: String, _ text: String?) {
        if let text, !text.isEmpty { object[name] = .string(text) }
    }

    private mutating func addFamily(_ family: String?) {
        guard let family else { return }
        var families = object["model_families"]?.arrayValue ?? []
        if !families.contains(.string(family)) { families.append(.string(family)) }
        object["model_families"] = .array(families)
    }
}
