/// Texts between quotation marks, with what cannot be seen written out: as the programming language
/// Go quotes them, which clients of Ollama expect in lists of parameters.
enum QuotedText {
    /// Writes a text in quotation marks.
    static func of(_ text: String) -> String {
        var result = "\""
        for character in text.unicodeScalars { result += escaped(character) }
        return result + "\""
    }

    private static func escaped(_ character: Unicode.Scalar) -> String {
        switch character {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\u{7}": return "\\a"
        case "\u{8}": return "\\b"
        case "\u{C}": return "\\f"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\u{B}": return "\\v"
        case " ": return " "
        default: break
        }
        guard !isVisible(character) else { return String(character) }
        switch character.value {
        case 0..<0x80: return "\\x" + digits(character.value, 2)
        case 0x80..<0x1_0000: return "\\u" + digits(character.value, 4)
        default: return "\\U" + digits(character.value, 8)
        }
    }

    private static func digits(_ value: UInt32, _ count: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: count - text.utf8.count) + text
    }

    /// Letters, marks, numbers, punctuation and symbols; no space but the usual one.
    private static func isVisible(_ character: Unicode.Scalar) -> Bool {
        switch character.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator, .spaceSeparator:
            false
        default: true
        }
    }
}
