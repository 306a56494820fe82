/// Finds calls of tools in what a model writes.
///
/// A model that was told of its tools by a template writes calls as text: after a tag, as JSON
/// objects that name the tool and its arguments, or as the tool's name followed by its arguments.
/// What is no call after all is given back as text: at once where that is known from the text, at
/// the latest when `longest` bytes wait. Nothing that the model wrote is lost before its first
/// call. What follows a call, and is none, is not shown.
package struct ToolCallReader: Sendable {
    /// What is known of a piece of the stream.
    package struct Pieces: Sendable, Hashable {
        /// Text that is no call.
        package var content = ""
        /// Calls that are complete.
        package var calls: [ChatMessage.ToolCall] = []
    }

    /// Most bytes that are kept back for a call that is not complete.
    package static let longest = 1 << 20

    private let tag: [UInt8]
    private let forms: CallForms
    private let search: TextSearch
    /// What came and is neither shown nor part of a call.
    private var bytes: [UInt8] = []
    /// How much of it is done with; it is removed at the end of each piece.
    private var done = 0
    /// The look for objects behind the tag; nil while no tag has come.
    private var scan: ObjectScan?
    private var count = 0

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - tag: The text before calls; a lone bracket is the beginning of the call itself.
    ///   - tools: The tools that may be called.
    package init(tag: String, tools: [Tool]) {
        self.tag = Array(tag.utf8)
        search = TextSearch([tag])
        forms = CallForms(tools.map(\.name))
    }

    /// Takes a piece of the stream.
    ///
    /// - Parameter text: The piece.
    /// - Returns: What is known now.
    package mutating func add(_ text: String) -> Pieces {
        bytes += text.utf8
        var pieces = Pieces()
        while scan == nil ? findTag(&pieces) : readCalls(&pieces) {}
        if bytes.count - done > Self.longest { giveUp(&pieces) }
        bytes.removeFirst(done)
        scan?.drop(done)
        done = 0
        return pieces
    }

    /// What was kept back although nothing followed: call when the stream is over.
    package mutating func finish() -> String {
        defer {
            bytes = []
            scan = nil
        }
        return count == 0 ? String(decoding: bytes, as: UTF8.self) : ""
    }

    private var isObject: Bool { tag == [UInt8(ascii: "{")] }
    private var isList: Bool { tag == [UInt8(ascii: "[")] }

    /// Shows what comes before the tag; false when more text is needed.
    private mutating func findTag(_ pieces: inout Pieces) -> Bool {
        switch search.first(in: bytes, from: done) {
        case .found(let range, _):
            show(upTo: range.lowerBound, &pieces)
            let isBracket = isObject || isList
            scan = ObjectScan(at: isBracket ? range.lowerBound : range.upperBound, isList: isList)
            return true
        case .pending(let place):
            show(upTo: place, &pieces)
            return false
        }
    }

    /// Reads what is complete; false when more text is needed.
    private mutating func readCalls(_ pieces: inout Pieces) -> Bool {
        guard let event = scan?.next(in: bytes) else { return false }
        switch event {
        case .object(let object, let before):
            let calls = forms.calls(in: bytes[object], after: bytes[before])
            for var call in calls {
                call.index = count
                count += 1
                pieces.calls.append(call)
            }
            if count > 0 {
                scan?.leaveList()
                done = object.upperBound
            } else if isObject {
                lookAgain(behind: object.upperBound, &pieces)
            }
        case .broken(let place):
            if count == 0, isObject || isList { lookAgain(behind: place + 1, &pieces) }
        case .closed(let place):
            if count == 0 { lookAgain(behind: place + 1, &pieces) }
        }
        return true
    }

    /// It was no call: the text goes on as text, and a tag may follow.
    private mutating func lookAgain(behind place: Int, _ pieces: inout Pieces) {
        show(upTo: place, &pieces)
        scan = nil
    }

    private mutating func giveUp(_ pieces: inout Pieces) {
        if count == 0 { show(upTo: bytes.count, &pieces) }
        done = bytes.count
        // Calls may still come: behind a tag, or behind the calls before.
        scan = count == 0 ? nil : ObjectScan(at: done)
    }

    private mutating func show(upTo place: Int, _ pieces: inout Pieces) {
        pieces.content += String(decoding: bytes[done..<place], as: UTF8.self)
        done = place
    }
}
