/// Tells a model's thoughts from its answer, where it writes them in front of it between two tags.
///
/// White space before the first tag and right behind each tag belongs to neither; that before the
/// second one belongs to the thoughts. A model that does not begin with the tag does not think.
package struct ThinkingSplitter: Sendable {
    /// A piece of each.
    package struct Pieces: Sendable, Hashable {
        /// Of the thoughts.
        package var thinking = ""
        /// Of the answer.
        package var content = ""
    }

    private enum State {
        /// Nothing but white space has come.
        case beginning
        /// After the tag, before the first thought.
        case opened
        case thinking
        /// After the second tag, before the answer.
        case closed
        case answering
    }

    private let open: String
    private var state: State
    /// What was not told apart yet.
    private var held = ""
    /// Thoughts that may end in the second tag.
    private var hold: TextHold

    /// Makes a splitter.
    ///
    /// - Parameters:
    ///   - tags: The texts before and after the thoughts.
    ///   - isOpen: Whether the prompt has written the first of them already.
    package init(_ tags: (open: String, close: String), isOpen: Bool = false) {
        open = tags.open
        hold = TextHold([tags.close])
        state = isOpen ? .opened : .beginning
    }

    /// Takes a piece of the stream.
    ///
    /// - Parameter text: The piece.
    /// - Returns: What is known of it now.
    package mutating func add(_ text: String) -> Pieces {
        held += text
        var pieces = Pieces()
        while step(&pieces) {}
        return pieces
    }

    /// What was kept back although nothing followed: call when the stream is over.
    package mutating func finish() -> Pieces {
        defer { held = "" }
        return switch state {
        case .beginning, .closed, .answering: Pieces(content: held)
        case .opened, .thinking: Pieces(thinking: held + hold.takeAll())
        }
    }

    /// Goes on by one state; false when more text is needed for that.
    private mutating func step(_ pieces: inout Pieces) -> Bool {
        switch state {
        case .beginning:
            let begun = held.drop(while: \.isWhitespace)
            if begun.utf8.starts(with: open.utf8) {
                held = String(decoding: begun.utf8.dropFirst(open.utf8.count), as: UTF8.self)
                state = .opened
                return true
            }
            // It may become the tag.
            if open.utf8.starts(with: begun.utf8) { return false }
            state = .answering
            return true
        case .opened, .closed:
            held = String(held.drop(while: \.isWhitespace))
            guard !held.isEmpty else { return false }
            state = state == .opened ? .thinking : .answering
            return true
        case .thinking:
            let (before, found) = hold.add(held)
            pieces.thinking += before
            held = found == nil ? "" : hold.takeAll()
            guard found != nil else { return false }
            state = .closed
            return true
        case .answering:
            pieces.content += held
            held = ""
            return false
        }
    }
}
