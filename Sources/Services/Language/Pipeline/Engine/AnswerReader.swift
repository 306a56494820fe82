/// Tells thoughts, text and calls of tools apart in what a model writes, where the engine gives its
/// text as it is.
package struct AnswerReader: Sendable {
    private var thinking: ThinkingSplitter?
    private var calls: ToolCallReader?

    /// Begins with an answer.
    ///
    /// - Parameters:
    ///   - thinking: Finds the thoughts; nil where there are none.
    ///   - calls: Finds calls of tools; nil where there are no tools.
    package init(thinking: ThinkingSplitter?, calls: ToolCallReader?) {
        self.thinking = thinking
        self.calls = calls
    }

    /// Whether text goes out as it comes in.
    package var isPlain: Bool { thinking == nil && calls == nil }

    /// Takes a part of the answer in.
    ///
    /// - Parameter piece: The part, with all its text as content.
    /// - Returns: What of it can go out.
    package mutating func take(_ piece: GenerationPiece) -> GenerationPiece {
        guard !isPlain else { return piece }
        var result = piece
        result.content = ""
        var text = piece.content
        if thinking != nil {
            let pieces = thinking?.add(text) ?? ThinkingSplitter.Pieces()
            result.thinking = pieces.thinking
            text = pieces.content
        }
        sort(text, into: &result)
        return result
    }

    /// The answer is complete.
    ///
    /// - Returns: What was held back.
    package mutating func finish() -> GenerationPiece {
        var result = GenerationPiece()
        if let pieces = thinking?.finish() {
            result.thinking = pieces.thinking
            sort(pieces.content, into: &result)
        }
        if let rest = calls?.finish() { result.content += rest }
        return result
    }

    private mutating func sort(_ text: String, into result: inout GenerationPiece) {
        guard calls != nil else {
            result.content += text
            return
        }
        guard !text.isEmpty, let pieces = calls?.add(text) else { return }
        result.content += pieces.content
        result.calls += pieces.calls
    }
}
