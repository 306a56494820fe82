internal import JSON

/// What `/api/show` tells of a model, in blocks for people.
struct ShowText {
    private let model: JSONValue
    private let isVerbose: Bool
    private var text = ""

    /// Lines of a system message or licence that are shown.
    private static let shownLines = 2
    /// Items of a list that are shown.
    private static let shownItems = 3

    /// Writes the blocks of a model.
    ///
    /// - Parameters:
    ///   - model: The answer.
    ///   - isVerbose: Whether its metadata and tensors are shown too.
    static func text(_ model: JSONValue, isVerbose: Bool) -> String {
        var writer = ShowText(model: model, isVerbose: isVerbose)
        writer.writeAll()
        return writer.text
    }

    private init(model: JSONValue, isVerbose: Bool) {
        self.model = model
        self.isVerbose = isVerbose
    }

    private mutating func writeAll() {
        block("Model", modelRows)
        let projector = model["projector_info"]
        if let projector, projector.objectValue?.members.isEmpty == false {
            block("Projector", projectorRows(projector))
        }
        block("Capabilities", strings(model["capabilities"]).map { [$0] })
        block("Parameters", Self.parameterRows(string("parameters")))
        if isVerbose {
            block("Metadata", metadataRows)
            block("Tensors", tensorRows)
        }
        block("System", Self.head(string("system")))
        block("License", Self.head(string("license")))
    }

    private var modelRows: [[String]] {
        if let remote = model["remote_model"]?.stringValue, !remote.isEmpty {
            let host = model["remote_host"]?.stringValue ?? ""
            return [["Remote model", remote], ["Remote URL", host]]
        }
        let info = model["model_info"]
        let details = model["details"]
        let architecture =
            info?["general.architecture"]?.stringValue ?? details?["family"]?.stringValue ?? ""
        var rows = [["architecture", architecture]]
        if let count = info?["general.parameter_count"]?.integerValue, count > 0 {
            rows.append(["parameters", Amounts.count(count)])
        } else if let size = details?["parameter_size"]?.stringValue, !size.isEmpty {
            rows.append(["parameters", size])
        }
        for (title, key, plain) in [
            ("context length", "\(architecture).context_length", "context_length"),
            ("embedding length", "\(architecture).embedding_length", "embedding_length"),
        ] {
            let number = info?[key]?.integerValue ?? details?[plain]?.integerValue
            if let number { rows.append([title, "\(number)"]) }
        }
        rows.append(["quantization", details?["quantization_level"]?.stringValue ?? ""])
        if let version = model["requires"]?.stringValue, !version.isEmpty {
            rows.append(["requires", version])
        }
        return rows
    }

    private func projectorRows(_ info: JSONValue) -> [[String]] {
        let architecture = info["general.architecture"]?.stringValue ?? "clip"
        var rows = [["architecture", architecture]]
        if let count = info["general.parameter_count"]?.integerValue {
            rows.append(["parameters", Amounts.count(count)])
        }
        for (title, name) in [
            ("embedding length", "embedding_length"), ("dimensions", "projection_dim"),
        ] {
            let keys = ["\(architecture).vision.\(name)", "\(architecture).\(name)"]
            if let number = keys.lazy.compactMap({ info[$0]?.integerValue }).first {
                rows.append([title, "\(number)"])
            }
        }
        return rows
    }

    private static func parameterRows(_ text: String) -> [[String]] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { return nil }
            return [words[0], String(words[1].drop { $0 == " " })]
        }
    }

    private var metadataRows: [[String]] {
        let members = model["model_info"]?.objectValue?.members ?? []
        return members.sorted { $0.name < $1.name }.map { [$0.name, Self.value($0.value)] }
    }

    private var tensorRows: [[String]] {
        (model["tensors"]?.arrayValue ?? []).map { tensor in
            let shape = (tensor["shape"]?.arrayValue ?? []).map(Self.value)
            return [
                tensor["name"]?.stringValue ?? "", tensor["type"]?.stringValue ?? "",
                "[\(shape.joined(separator: " "))]",
            ]
        }
    }

    private static func value(_ value: JSONValue) -> String {
        switch value {
        case .string, .text: return value.stringValue ?? ""
        case .array(let items):
            let shown = items.prefix(shownItems).map(Self.value).joined(separator: ", ")
            let more = items.count - shownItems
            return more > 0 ? "[\(shown), ...+\(more) more]" : "[\(shown)]"
        default: return String(decoding: value.serialized, as: UTF8.self)
        }
    }

    /// The first lines that are not empty, and dots when there are more.
    private static func head(_ text: String) -> [[String]] {
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            String(
                line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
            )
        }.filter { !$0.isEmpty }
        let rows = lines.prefix(shownLines).map { [$0] }
        return lines.count > shownLines ? rows + [["..."]] : rows
    }

    private mutating func block(_ title: String, _ rows: [[String]]) {
        guard !rows.isEmpty else { return }
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? TextWidth.of($0[column]) : 0 }.max() ?? 0
        }
        text += "  \(title)\n"
        for row in rows {
            let cells = row.enumerated().map { column, cell in
                let isLast = column == row.count - 1
                let gap = isLast ? 0 : widths[column] - TextWidth.of(cell) + 4
                return cell + String(repeating: " ", count: gap)
            }
            text += "    \(cells.joined())\n"
        }
        text += "\n"
    }

    private func string(_ name: String) -> String { model[name]?.stringValue ?? "" }

    private func strings(_ value: JSONValue?) -> [String] {
        (value?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
