/// Breaks a text between words while it is being written.
///
/// DESIGN. The text comes in pieces and is shown at once, so the start of a word may stand at the
/// end of a line already when the word turns out too long for it. Then the cursor goes back over
/// the word, the rest of the line is cleared, and the word begins the next line. A word that is
/// longer than a line is broken where the line ends.
struct WordWrap {
    /// Columns that a line may have.
    private let width: Int
    /// Columns that the line has so far.
    private var column = 0
    /// The word that is being written.
    private var word = ""
    private var wordWidth = 0

    /// Columns at the right that stay empty.
    private static let margin = 5
    /// Narrower terminals break lines themselves.
    private static let narrowest = 10

    /// Begins at the start of a line.
    ///
    /// - Parameter columns: The terminal's width; nil where lines are not to be broken.
    init(columns: Int?) {
        guard let columns, columns >= Self.narrowest else {
            width = .max
            return
        }
        width = max(1, columns - Self.margin)
    }

    /// Takes note that the cursor is at the start of a line.
    mutating func restart() { (column, word, wordWidth) = (0, "", 0) }

    /// What to write for the next piece of a text.
    mutating func write(_ text: String) -> String {
        guard width != .max else { return text }
        var output = ""
        for character in text { write(character, to: &output) }
        return output
    }

    private mutating func write(_ character: Character, to output: inout String) {
        if character.isNewline {
            output.append(character)
            return restart()
        }
        let columns = TextWidth.of(character)
        let isBlank = character == " " || character == "\t"
        if column + columns > width {
            if isBlank {
                output += "\n"
                return restart()
            }
            breakLine(&output)
        }
        output.append(character)
        column += columns
        // Between wide characters a line may end anywhere.
        if isBlank || columns > 1 {
            (word, wordWidth) = ("", 0)
        } else {
            word.append(character)
            wordWidth += columns
        }
    }

    private mutating func breakLine(_ output: inout String) {
        guard wordWidth < column else {
            output += "\n"
            return restart()
        }
        if wordWidth > 0 { output += "\u{1B}[\(wordWidth)D" }
        output += "\u{1B}[K\n" + word
        column = wordWidth
    }
}
