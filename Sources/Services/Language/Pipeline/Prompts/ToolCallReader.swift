internal import JSON

/// Finds calls of tools in what a model writes.
///
/// A model that was told of its tools by a template writes calls as text: after a tag, as JSON
/// objects that name the tool and its arguments, or as the tool's name followed by its arguments.
/// What is no call after all is given back as text; nothing that the model wrote is lost before its
/// first call. What follows a call, and is none, is not shown.
package struct ToolCallReader: Sendable {
    /// What is known of a piece of the stream.
    package struct Pieces: Sendable, Hashable {
        /// Text that is no call.
        package var content = ""
        /// Calls that are complete.
        package var calls: [ChatMessage.ToolCall] = []
    }

    private let tag: String
    private let names: [String]
    private var hold = TextHold()
    /// What has come since the tag, that included; nil while no tag has come.
    private var since: ObjectScan?
    private var count = 0

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - tag: The text before calls; a lone bracket is the beginning of the call itself.
    ///   - tools: The tools that may be called.
    package init(tag: String, tools: [Tool]) {
        self.tag = tag
        names = tools.map(\.name)
    }

    /// Takes a piece of the stream.
    ///
    /// - Parameter text: The piece.
    /// - Returns: What is known now.
    package mutating func add(_ text: String) -> Pieces {
        var pieces = Pieces()
        var rest = text
        while true {
            if since == nil {
                hold.add(rest)
                guard let (before, found) = hold.take(firstOf: [tag]) else {
                    pieces.content += hold.takeSettled(before: [tag])
                    return pieces
                }
                pieces.content += before
                since = ObjectScan(skipping: isBracket ? 0 : found.utf8.count)
                rest = found + hold.takeAll()
            }
            since?.add(rest)
            guard let text = readCalls(&pieces) else { return pieces }
            // It was no call: the text goes on as text, and a tag may follow.
            pieces.content += text.before
            rest = text.after
            since = nil
        }
    }

    /// What was kept back and became no call: call when the stream is over.
    package mutating func finish() -> String {
        let text = since?.text ?? ""
        since = nil
        return count == 0 ? hold.takeAll() + text : ""
    }

    private var isBracket: Bool { tag == "{" || tag == "[" }

    /// Reads the objects that are complete.
    ///
    /// - Returns: Where the text must be taken apart because it is no call; nil when it may be one.
    private mutating func readCalls(_ pieces: inout Pieces) -> (before: String, after: String)? {
        while let object = since?.next() {
            let calls = calls(in: object)
            for call in calls {
                var numbered = call
                numbered.index = count
                count += 1
                pieces.calls.append(numbered)
            }
            if calls.isEmpty, isBracket, count == 0 { return since?.split() }
        }
        if tag == "[", count == 0, since?.isClosed == true { return since?.split() }
        return nil
    }

    // MARK: Objects

    private func calls(in object: ObjectScan.Object) -> [ChatMessage.ToolCall] {
        guard let json = try? JSONValue(parsing: object.bytes) else { return [] }
        if let call = call(json) { return [call] }
        // The name stands before its arguments.
        guard let name = lastName(in: object.before), let arguments = json.objectValue else {
            return []
        }
        return [ChatMessage.ToolCall(name: name, arguments: arguments)]
    }

    private func call(_ json: JSONValue) -> ChatMessage.ToolCall? {
        if let inner = json["function"], inner.objectValue != nil { return call(inner) }
        guard let name = (json["name"] ?? json["function"])?.stringValue, names.contains(name)
        else {
            return nil
        }
        let given = json["arguments"] ?? json["parameters"] ?? .object([:])
        if let arguments = given.objectValue {
            return ChatMessage.ToolCall(name: name, arguments: arguments)
        }
        // Some models write them as a text of JSON.
        guard let text = given.stringValue, let inner = try? JSONValue(parsing: text.utf8),
            let arguments = inner.objectValue
        else { return nil }
        return ChatMessage.ToolCall(name: name, arguments: arguments)
    }

    /// The tool that is named last, and of several at one place the longest.
    private func lastName(in bytes: ArraySlice<UInt8>) -> String? {
        for end in bytes.indices.reversed().map({ $0 + 1 }) {
            let found = names.filter { bytes[..<end].reversed().starts(with: $0.utf8.reversed()) }
            if let longest = found.max(by: { $0.utf8.count < $1.utf8.count }) { return longest }
        }
        return nil
    }
}

/// Finds the JSON objects in a text that grows; each byte is looked at once.
struct ObjectScan: Sendable {
    /// An object and what stands between the last one and it.
    struct Object {
        let before: ArraySlice<UInt8>
        let bytes: ArraySlice<UInt8>
    }

    private var bytes: [UInt8] = []
    /// How much was looked at, and how much of that is done with.
    private var position: Int
    private var done: Int
    /// Where the present object begins.
    private var start = 0
    private var depth = 0
    private var isText = false
    private var isEscaped = false
    /// Whether a list ended outside of objects.
    private(set) var isClosed = false

    /// - Parameter skipping: Bytes at the beginning that are no part of an object.
    init(skipping count: Int) {
        position = count
        done = count
    }

    mutating func add(_ text: String) {
        bytes += text.utf8
    }

    /// Everything that was added.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// What was looked at, and what was not.
    func split() -> (before: String, after: String) {
        (
            String(decoding: bytes[..<position], as: UTF8.self),
            String(decoding: bytes[position...], as: UTF8.self)
        )
    }

    /// The next object that is complete.
    mutating func next() -> Object? {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\"") where depth > 0: isText = true
            case UInt8(ascii: "{"):
                if depth == 0 { start = position - 1 }
                depth += 1
            case UInt8(ascii: "}") where depth > 0:
                depth -= 1
                guard depth == 0 else { continue }
                let before = bytes[done..<start]
                done = position
                return Object(before: before, bytes: bytes[start..<position])
            case UInt8(ascii: "]") where depth == 0:
                isClosed = true
                return nil
            default: continue
            }
        }
        return nil
    }
}
