internal import CommandLine

/// What of an answer is written on the screen: thoughts apart, lines broken between words.
struct AnswerText {
    private enum Part {
        case nothing
        case thoughts
        case answer
    }

    private let hidesThoughts: Bool
    private let hasColours: Bool
    private var wrap: WordWrap
    private var part = Part.nothing
    private var endsLine = true

    private static let dim = "\u{1B}[2m"
    private static let plain = "\u{1B}[0m"

    /// Begins an answer.
    ///
    /// - Parameters:
    ///   - terminal: Where it is shown.
    ///   - wraps: Whether lines are broken between words; only where a person reads.
    ///   - hidesThoughts: Whether thoughts are left out.
    init(terminal: Terminal, wraps: Bool, hidesThoughts: Bool) {
        self.hidesThoughts = hidesThoughts
        hasColours = terminal.hasColours
        wrap = WordWrap(columns: wraps && terminal.isInteractive ? terminal.width : nil)
    }

    /// What to write for the next piece of an answer.
    mutating func write(thoughts: String, answer: String) -> String {
        var output = ""
        if !thoughts.isEmpty, !hidesThoughts { write(thoughts, as: .thoughts, to: &output) }
        if !answer.isEmpty { write(answer, as: .answer, to: &output) }
        return output
    }

    /// What to write when the answer has ended, or was stopped.
    mutating func finish() -> String {
        var output = ""
        if part == .thoughts { closeThoughts(&output) }
        if part == .answer, !endsLine { output += "\n" }
        part = .nothing
        return output
    }

    private mutating func write(_ text: String, as new: Part, to output: inout String) {
        if part == .thoughts, new == .answer { closeThoughts(&output) }
        if new == .thoughts, part != .thoughts {
            if part == .answer { output += "\n" }
            output += (hasColours ? Self.dim : "") + "Thinking...\n"
            wrap.restart()
        }
        part = new
        output += wrap.write(text)
        endsLine = text.last?.isNewline == true
    }

    private mutating func closeThoughts(_ output: inout String) {
        if !endsLine { output += "\n" }
        output += "...done thinking.\(hasColours ? Self.plain : "")\n\n"
        wrap.restart()
        endsLine = true
        part = .nothing
    }
}
