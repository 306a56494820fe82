import LanguagePipeline
import Testing

/// What an engine repeats of a text that it continues.
struct EchoFilterTests {
    private func read(_ pieces: [String], after text: String) -> String {
        var filter = EchoFilter(text)
        return pieces.map { filter.take($0) }.joined()
    }

    @Test func takesTheRepetitionAway() {
        #expect(read(["Once there", " was", " one"], after: "Once there was") == " one")
        #expect(read(["Once there was one"], after: "Once") == " there was one")
        #expect(read(["", "ab", "", "c"], after: "ab") == "c")
    }

    @Test func leavesWhatIsNoRepetition() {
        #expect(read([" one", "Once"], after: "Once") == " oneOnce")
        #expect(read(["a", "b"], after: "") == "ab")
    }
}
