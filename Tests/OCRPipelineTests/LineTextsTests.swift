import OCRPipeline
import Testing

@Suite struct LineTextsTests {
    private func text(_ text: String, _ confidence: Double) -> RecognizedText {
        RecognizedText(text: text, confidence: confidence)
    }

    @Test func theMoreConfidentReadingStays() {
        var lines = LineTexts(count: 2)
        lines.note(text("first", 0.8), of: 0, turned: false)
        lines.note(text("worse", 0.7), of: 0, turned: true)
        #expect(lines.texts[0].text == "first" && lines.turned.isEmpty)
        lines.note(text("better", 0.9), of: 0, turned: true)
        #expect(lines.texts[0].text == "better" && lines.turned == [0])
        lines.note(text("best", 0.95), of: 0, turned: false)
        #expect(lines.texts[0].text == "best" && lines.turned.isEmpty)
    }

    @Test func linesAreDoubtfulUnderTheThreshold() {
        var lines = LineTexts(count: 4)
        lines.note(text("sure", LineFit.doubtful), of: 0, turned: false)
        lines.note(text("unsure", LineFit.doubtful - 0.01), of: 1, turned: false)
        // Nothing was found in it, which is a reading too.
        lines.note(text("", 0), of: 2, turned: false)
        #expect(lines.certain == [0])
        #expect(lines.doubtful == [1, 2])
    }

    @Test func anEmptyReadingCanBeTurned() {
        var lines = LineTexts(count: 1)
        lines.note(text("", 0), of: 0, turned: true)
        #expect(lines.turned == [0] && lines.doubtful == [0])
        #expect(LineTexts(count: 0).texts.isEmpty)
    }
}
