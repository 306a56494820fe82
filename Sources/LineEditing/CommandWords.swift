/// The words of a command that a variable names.
///
/// DESIGN. No shell sees the text, so nothing in it is expanded or run besides the program. Blanks
/// separate words, as Ollama has it; what is between quotation marks, single or double, is one word or a
/// part of one, so that paths may have blanks. Everything else stands for itself: `$`, `~`, `\`, `;`.
enum CommandWords {
    /// The words of a text; nil when a quotation mark is not closed.
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var mark: Character?
        for character in text {
            switch (character, mark) {
            case (_, .some(character)): mark = nil
            case (_, .some): word = (word ?? "") + String(character)
            case ("\"", nil), ("'", nil):
                mark = character
                word = word ?? ""
            case (_, nil) where character.isWhitespace:
                if let word { words.append(word) }
                word = nil
            case (_, nil): word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return mark == nil ? words : nil
    }
}
