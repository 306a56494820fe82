/// Notices that a model writes the same token over and over, which it would go on with for ever.
package struct RepetitionGuard: Sendable {
    private enum Token: Hashable {
        case number(Int)
        case text(String)
    }

    private var last: Token?
    private var count = 0

    /// Equal tokens in a row that are let through; Ollama's number.
    private static let most = 30

    /// Begins with an answer.
    package init() {}

    /// Takes a piece of the answer.
    ///
    /// - Parameter piece: The piece, as the engine gave it; where it has no tokens its text is one.
    /// - Returns: Whether the answer is to end here.
    package mutating func take(_ piece: GenerationPiece) -> Bool {
        if piece.tokens.isEmpty {
            note(.text(piece.content + piece.thinking))
        } else {
            for token in piece.tokens { note(.number(token)) }
        }
        return count > Self.most
    }

    private mutating func note(_ token: Token) {
        guard token != .text("") else { return }
        count = token == last ? count + 1 : 1
        last = token
    }
}
