import LanguagePipeline
import Testing

/// Answers that would go on for ever with the same token.
struct RepetitionGuardTests {
    private func piece(_ text: String, _ tokens: [Int] = []) -> GenerationPiece {
        var piece = GenerationPiece()
        piece.content = text
        piece.tokens = tokens
        return piece
    }

    /// The number of the first piece that ends the answer; nil when none does.
    private func end(of pieces: [GenerationPiece]) -> Int? {
        var guarded = RepetitionGuard()
        for (number, piece) in pieces.enumerated() where guarded.take(piece) { return number }
        return nil
    }

    @Test func endsAfterThirtyEqualTokens() {
        #expect(end(of: Array(repeating: piece("a", [7]), count: 40)) == 30)
    }

    @Test func anotherTokenBeginsAnew() {
        #expect(end(of: (0..<100).map { piece("a", [$0 % 30 == 0 ? 8 : 7]) }) == nil)
    }

    @Test func textsCountWhereThereAreNoTokens() {
        // What brings nothing does not count.
        let pieces = (0..<80).map { piece($0.isMultiple(of: 2) ? "a" : "") }
        #expect(end(of: pieces) == 60)
    }
}
