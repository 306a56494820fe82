import OCRPipeline
import Testing

@Suite struct CTCDecoderTests {
    private func decoder(_ characters: String) throws -> CTCDecoder {
        CTCDecoder(characters: try CharacterTable(list: characters))
    }

    /// The probabilities of steps in which one class has most.
    private func steps(_ best: [Int], classes: Int, probability: Float = 0.9) -> [Float] {
        best.flatMap { winner in
            (0..<classes).map {
                $0 == winner ? probability : (1 - probability) / Float(classes - 1)
            }
        }
    }

    @Test(arguments: ["sentence", "doubles", "tiny", "word", "nothing"])
    func readsWhatThePeerToolkitReads(name: String) throws {
        let lines = try Fixture("recognition/\(name).txt").lines
        let size = Fixture.numbers(lines[2][...]).map { Int($0) }
        let list = lines[3].split(separator: " ").joined(separator: "\n")
        let values = lines[4...].flatMap { Fixture.numbers($0[...]).map { Float($0) } }
        let read = try decoder(list).decode(
            probabilities: values.span,
            steps: size[0],
            classes: size[1]
        )
        #expect(read.map(\.text) == [lines[0]])
        let confidence = try #require(Double(lines[1]))
        #expect(abs(read[0].confidence - confidence) < 0.0005)
    }

    @Test func repeatsCollapseUnlessABlankDivides() throws {
        let values = steps([1, 1, 0, 1, 2, 2, 3, 0, 0, 4], classes: 5)
        let read = try decoder("a\nb\nc").decode(
            probabilities: values.span,
            steps: 10,
            classes: 5
        )
        #expect(read[0].text == "aabc ")
        #expect(abs(read[0].confidence - 0.9) < 1e-6)
    }

    @Test func anUnsureStepTakesTheLargest() throws {
        let values: [Float] = [0.2, 0.3, 0.3, 0.1, 0.1, 0.1, 0.2, 0.2, 0.24, 0.26]
        let read = try decoder("a\nb\nc").decode(probabilities: values.span, steps: 2, classes: 5)
        #expect(read[0].text == "a ")
        #expect(abs(read[0].confidence - 0.28) < 1e-6)
    }

    @Test(arguments: [5, 64, 65, 66, 130, 6625])
    func findsTheSameClassAsALinearSearch(classes: Int) throws {
        let characters = (0..<(classes - 2)).map { "<\($0)>" }
        let decoder = try decoder(characters.joined(separator: "\n"))
        var source = SmallGenerator(seed: UInt64(classes))
        for round in 0..<40 {
            var values = (0..<classes).map { _ in Float(source.next() % 1000) }
            if round % 2 == 0 { values[Int(source.next()) % classes] = Float(classes) * 2000 }
            let sum = values.reduce(0, +)
            for index in values.indices { values[index] /= sum }
            let most = values.max() ?? 0
            let best = values.firstIndex(of: most) ?? 0
            let text = ([""] + characters + [" "])[best]
            let read = try decoder.decode(probabilities: values.span, steps: 1, classes: classes)
            #expect(read[0].text == text)
            #expect(read[0].confidence == (best == 0 ? 0 : Double(most)))
        }
    }

    @Test func linesOfABatchAreIndependent() throws {
        let values = steps([1, 2, 2, 2, 0, 0], classes: 4)
        let read = try decoder("a\nb").decode(
            probabilities: values.span,
            lines: 3,
            steps: 2,
            classes: 4
        )
        #expect(read.map(\.text) == ["ab", "b", ""])
    }

    @Test func nothingReadHasNoConfidence() throws {
        let blank = try decoder("a").decode(
            probabilities: steps([0, 0], classes: 3).span,
            steps: 2,
            classes: 3
        )
        #expect(blank == [RecognizedText(text: "", confidence: 0)])
        let none = try decoder("a").decode(probabilities: [Float]().span, steps: 0, classes: 3)
        #expect(none == [RecognizedText(text: "", confidence: 0)])
        let noLines = try decoder("a").decode(
            probabilities: [Float]().span,
            lines: 0,
            steps: 9,
            classes: 3
        )
        #expect(noLines.isEmpty)
    }

    @Test func valuesThatAreNotNumbersAreNeverChosen() throws {
        var values = steps([2, 1], classes: 70)
        values[3] = .nan
        for index in 70..<140 { values[index] = .nan }
        let list = (0..<68).map { "<\($0)>" }.joined(separator: "\n")
        let read = try decoder(list).decode(probabilities: values.span, steps: 2, classes: 70)
        #expect(read[0].text == "<1>")
    }

    @Test func aGraphOfOtherClassesIsRefused() throws {
        let decoder = try decoder("a\nb")
        let values = [Float](repeating: 0.2, count: 10)
        #expect(throws: PipelineError.self) {
            try decoder.decode(probabilities: values.span, steps: 2, classes: 5)
        }
        #expect(throws: PipelineError.self) {
            try decoder.decode(probabilities: values.span, steps: 2, classes: 4)
        }
        #expect(throws: PipelineError.self) {
            try decoder.decode(probabilities: values.span, lines: .max, steps: .max, classes: 4)
        }
    }

    @Test func readsACharacterList() throws {
        let table = try CharacterTable(list: "a\r\n\u{301}\n\n漢\n")
        #expect(table.texts == ["", "a", "\u{301}", "", "漢", " "])
        #expect(throws: PipelineError.noCharacters) { try CharacterTable(list: "") }
        #expect(try CharacterTable(list: "\n").texts == ["", "", " "])
    }
}
