import Conversations
import Testing

/// How prompts with the same beginning are known.
struct PromptTrailTests {
    private static func text(_ count: Int, _ letter: Character = "a") -> [UInt8] {
        Array(String(repeating: letter, count: count).utf8)
    }

    @Test(arguments: [(0, 0), (255, 0), (256, 1), (511, 1), (512, 2), (2600, 10)])
    func hasAMarkForEachWholeStep(bytes: Int, marks: Int) {
        #expect(PromptTrail(Self.text(bytes)).count == marks)
    }

    @Test func aLongerPromptHasTheMarksOfItsBeginning() {
        let short = Self.text(1000)
        let long = short + Self.text(1000, "b")
        #expect(PromptTrail(long).common(with: PromptTrail(short)) == 3)
        #expect(PromptTrail(short).common(with: PromptTrail(long)) == 3)
    }

    @Test func aMarkIsOfAllThatStandsBeforeIt() {
        let one = Self.text(256, "a") + Self.text(1024, "x")
        let other = Self.text(256, "b") + Self.text(1024, "x")
        #expect(PromptTrail(one).common(with: PromptTrail(other)) == 0)
        // Equal parts do not have equal marks.
        let same = PromptTrail(Self.text(512))
        #expect(same.common(with: PromptTrail(Self.text(256))) == 1)
    }

    @Test func veryLongPromptsHaveABoundedTrail() {
        let long = Self.text(256 * 20_000)
        #expect(PromptTrail(long).count == 16_384)
    }
}
