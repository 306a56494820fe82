/// A line of text as it was read.
package struct RecognizedText: Hashable, Sendable {
    /// The characters; empty if nothing was read.
    package var text: String
    /// The mean probability of the characters, 0 to 1; 0 for an empty text.
    package var confidence: Double

    /// Creates a text.
    ///
    /// - Parameters:
    ///   - text: The characters.
    ///   - confidence: The mean probability of the characters, 0 to 1.
    package init(text: String, confidence: Double) {
        self.text = text
        self.confidence = confidence
    }
}

/// Reads lines of text from the output of a recognition graph that ends in CTC and softmax.
///
/// At each step the most probable class wins; repeats of one class become one character and blanks
/// nothing. (Searching over several readings gains nothing without a language model here: nearly
/// every step has one class with almost all of the probability.)
package struct CTCDecoder: Sendable {
    private let characters: CharacterTable

    /// How many classes a step has, blank and space included.
    package var classes: Int { characters.count }

    /// Creates a decoder.
    ///
    /// - Parameter characters: The texts of the graph's classes.
    package init(characters: CharacterTable) {
        self.characters = characters
    }

    /// Reads the lines of a batch.
    ///
    /// Blocks for about 0.1 ms a line of 160 steps and 6625 classes.
    ///
    /// - Parameters:
    ///   - probabilities: The graph's output [lines, steps, classes]; the values of a step are
    ///     probabilities and sum to 1. Values that are not numbers count as impossible.
    ///   - lines: How many lines there are; not negative.
    ///   - steps: How many steps each has; a line without steps is empty.
    ///   - classes: How many classes each step has.
    /// - Returns: One text for each line.
    /// - Throws: `PipelineError.wrongSize` if the classes are not those of the character table, or
    ///   the values are not lines × steps × classes.
    /// - Complexity: Linear in the number of values at worst.
    package func decode(
        probabilities: Span<Float>,
        lines: Int = 1,
        steps: Int,
        classes: Int
    ) throws(PipelineError) -> [RecognizedText] {
        guard classes == characters.count else {
            throw .wrongSize(
                what: "step of the recognition",
                expected: characters.count,
                actual: classes
            )
        }
        let (perBatch, tooMany) = max(lines, 0).multipliedReportingOverflow(by: max(steps, 0))
        let (expected, tooLarge) = perBatch.multipliedReportingOverflow(by: classes)
        guard !tooMany, !tooLarge, probabilities.count == expected else {
            throw .wrongSize(
                what: "recognition output",
                expected: expected,
                actual: probabilities.count
            )
        }
        var texts: [RecognizedText] = []
        texts.reserveCapacity(max(lines, 0))
        for line in 0..<max(lines, 0) {
            let start = line * steps * classes
            let values = probabilities.extracting(start..<(start + steps * classes))
            texts.append(decodeLine(values, classes: classes))
        }
        return texts
    }

    private func decodeLine(_ probabilities: Span<Float>, classes: Int) -> RecognizedText {
        var text = ""
        var kept = 0
        var sum = 0.0
        var previous = 0
        for step in stride(from: 0, to: probabilities.count, by: classes) {
            let values = probabilities.extracting(step..<(step + classes))
            let best = MostProbable(values, guess: previous)
            if best.index != 0, best.index != previous {
                text += characters.texts[best.index]
                sum += Double(best.value)
                kept += 1
            }
            previous = best.index
        }
        return RecognizedText(text: text, confidence: kept > 0 ? sum / Double(kept) : 0)
    }
}
