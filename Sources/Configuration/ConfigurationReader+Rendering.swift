package import JSON
internal import Text

extension ConfigurationReader {
    /// The whole effective configuration; optional keys without a value are left out.
    ///
    /// Reading it as a file gives the same configuration.
    package var rendered: JSONValue {
        tree().rendered ?? [:]
    }

    /// The whole effective configuration as YAML with a comment above each key.
    ///
    /// Reading it as a file gives the same configuration.
    package var documented: String {
        var text = ""
        tree().document(into: &text, margin: "")
        return text
    }

    private func tree() -> RenderedNode {
        let root = RenderedNode(step: .key(""), entry: nil)
        for entry in record.entries { root.insert(entry, entry.path[...]) }
        return root
    }
}

/// A recorded key with what lies below it.
private final class RenderedNode {
    let step: ConfigurationRecord.Step
    var entry: ConfigurationRecord.Entry?
    var children: [RenderedNode] = []

    init(step: ConfigurationRecord.Step, entry: ConfigurationRecord.Entry?) {
        self.step = step
        self.entry = entry
    }

    func insert(_ entry: ConfigurationRecord.Entry, _ path: ArraySlice<ConfigurationRecord.Step>) {
        guard let step = path.first else {
            self.entry = entry
            return
        }
        if let child = children.first(where: { $0.step == step }) {
            return child.insert(entry, path.dropFirst())
        }
        let child = RenderedNode(step: step, entry: nil)
        children.append(child)
        child.insert(entry, path.dropFirst())
    }

    var rendered: JSONValue? {
        guard !children.isEmpty else { return entry?.value }
        if case .index = children[0].step { return .array(children.compactMap(\.rendered)) }
        let members = children.compactMap { child in
            child.rendered.map { (child.name, $0) }
        }
        return .object(JSONObject(members))
    }

    var name: String {
        if case .key(let key) = step { key } else { "" }
    }

    func document(into text: inout String, margin: String) {
        for child in children {
            child.comment(into: &text, margin: margin)
            let label = if case .key(let key) = child.step { Self.key(key) + ":" } else { "-" }
            if child.children.isEmpty {
                let value = child.entry?.value.map { " " + Self.flow($0) }
                text += value.map { "\(margin)\(label)\($0)\n" } ?? "\(margin)# \(label)\n"
            } else {
                text += "\(margin)\(label)\n"
                child.document(into: &text, margin: margin + "  ")
            }
        }
    }

    private func comment(into text: inout String, margin: String) {
        guard let entry else { return }
        let notes = [entry.accepted, entry.source.map { "from \($0)" }].compactMap(\.self)
        let note = notes.isEmpty ? "" : "(\(notes.joined(separator: "; ")))"
        // A line break in a description would end the comment.
        let words = "\(entry.about) \(note)".split(whereSeparator: \.isWhitespace)
        if !words.isEmpty { text += "\(margin)# \(words.joined(separator: " "))\n" }
    }

    private static func key(_ key: String) -> String {
        let isPlain = key.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (65...90).contains(byte) || byte == UInt8(ascii: "_")
        }
        guard isPlain, !key.isEmpty, !Scalars.looksTyped(key) else { return flow(.string(key)) }
        return key
    }

    /// JSON is YAML's flow style; only texts that are plain words lose their quotes.
    private static func flow(_ value: JSONValue) -> String {
        if case .string(let text) = value, isPlainWord(text) { return text }
        return String(decoding: value.serialized, as: UTF8.self)
    }

    private static func isPlainWord(_ text: String) -> Bool {
        guard let first = text.utf8.first, (48...57).contains(first) || (97...122).contains(first)
        else { return false }
        let isWord = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (97...122).contains(byte) || (65...90).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
        return isWord && !Scalars.looksTyped(text) && text != "null"
    }
}
