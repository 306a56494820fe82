internal import JSON

/// The forms in which models write that a tool is to be called.
struct CallForms: Sendable {
    private let names: Set<String>

    init(_ names: [String]) {
        self.names = Set(names)
    }

    /// The calls that an object stands for.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - before: What stands between the last call, or the tag, and it.
    func calls(
        in object: ArraySlice<UInt8>,
        after before: ArraySlice<UInt8>
    ) -> [ChatMessage.ToolCall] {
        guard let json = WrittenJSON.value(of: object) else { return [] }
        let calls = calls(json)
        guard calls.isEmpty else { return calls }
        // The name stands before its arguments.
        guard let name = name(endingIn: before), let arguments = json.objectValue else { return [] }
        return [ChatMessage.ToolCall(name: name, arguments: arguments)]
    }

    // MARK: JSON

    private func calls(_ json: JSONValue) -> [ChatMessage.ToolCall] {
        guard let object = json.objectValue else { return [] }
        if let list = object["tool_calls"]?.arrayValue { return list.flatMap(calls) }
        if let inner = object["function"], inner.objectValue != nil { return calls(inner) }
        let name = object["name"] ?? object["tool_name"] ?? object["function"]
        if let name = name?.stringValue, names.contains(name) {
            let given = object["arguments"] ?? object["parameters"]
            return call(name, given).map { [$0] } ?? []
        }
        // Names may stand for their own arguments.
        let named = object.members.filter { names.contains($0.name) && $0.value.objectValue != nil }
        guard !named.isEmpty, named.count == object.members.count else { return [] }
        return named.compactMap { call($0.name, $0.value) }
    }

    private func call(_ name: String, _ given: JSONValue?) -> ChatMessage.ToolCall? {
        guard let given, !given.isNull else {
            return ChatMessage.ToolCall(name: name, arguments: [:])
        }
        if let arguments = given.objectValue {
            return ChatMessage.ToolCall(name: name, arguments: arguments)
        }
        // Some models write them as a text of JSON.
        guard let text = given.stringValue else { return nil }
        if text.allSatisfy(\.isWhitespace) {
            return ChatMessage.ToolCall(name: name, arguments: [:])
        }
        let arguments = WrittenJSON.value(of: Array(text.utf8)[...])?.objectValue
        return arguments.map { ChatMessage.ToolCall(name: name, arguments: $0) }
    }

    // MARK: Names

    /// The tool whose name a text ends in, when nothing but markup stands around it.
    ///
    /// `<function=add>`, `add[ARGS]` and `</call> add:` name a tool; `sadd` and prose with `add` in
    /// it name none.
    private func name(endingIn text: ArraySlice<UInt8>) -> String? {
        var rest = text
        while let last = rest.last, !Self.isWord(last) {
            // `[ARGS]` may follow the name.
            if last == UInt8(ascii: "]"), let open = rest.lastIndex(of: UInt8(ascii: "[")),
                open > rest.startIndex
            {
                rest = rest[..<open]
            } else {
                rest.removeLast()
            }
        }
        let found = names.filter { name in
            guard rest.suffix(name.utf8.count).elementsEqual(name.utf8) else { return false }
            let before = rest.dropLast(name.utf8.count)
            return before.last.map(Self.isWord) != true && Self.isMarkup(before)
        }
        return found.max { $0.utf8.count < $1.utf8.count }
    }

    /// Whether all words of a text are within brackets; the last one may still be open.
    private static func isMarkup(_ text: ArraySlice<UInt8>) -> Bool {
        var isInside = false
        for byte in text {
            switch byte {
            case UInt8(ascii: "<"), UInt8(ascii: "["): isInside = true
            case UInt8(ascii: ">"), UInt8(ascii: "]"): isInside = false
            default: if !isInside, isWord(byte) { return false }
            }
        }
        return true
    }

    /// Letters, digits, what names have beside them, and everything beyond ASCII.
    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "."), 0x80...:
            true
        default: false
        }
    }
}
