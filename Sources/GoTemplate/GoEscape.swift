/// Texts as other languages take them.
enum GoEscape {
    static func writeHTML(
        _ text: String,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        try write(text, to: &writer) { hypertext[$0] }
    }

    static func writeJavaScript(
        _ text: String,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        try write(text, to: &writer) { scalar in
            if let name = script[scalar] { return name }
            let isPlain = (0x20..<0x80).contains(scalar.value) || isPrinted(scalar)
            return isPlain ? nil : "\\u" + hexadecimal(scalar.value, digits: 4)
        }
    }

    static func writeQuery(
        _ text: String,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "~"):
                try writer.write(byte, count: 1)
            case UInt8(ascii: " "): try writer.write("+")
            default: try writer.write("%" + hexadecimal(UInt32(byte), digits: 2))
            }
        }
    }

    /// Writes a text in quotes with Go's escapes.
    static func writeQuoted(
        _ text: String,
        by quote: Unicode.Scalar = "\"",
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        try writer.write(quote)
        try write(text, to: &writer) { scalar in
            if let name = quoted[scalar] { return name }
            if scalar == quote { return "\\\(quote)" }
            let digits = hexadecimal(scalar.value, digits: 0).lowercased()
            switch scalar.value {
            case 0..<0x20, 0x7F: return "\\x" + padded(digits, 2)
            case _ where isPrinted(scalar): return nil
            case 0...0xFFFF: return "\\u" + padded(digits, 4)
            default: return "\\U" + padded(digits, 8)
            }
        }
        try writer.write(quote)
    }

    static func hexadecimal(_ value: some UnsignedInteger, digits: Int) -> String {
        padded(String(value, radix: 16, uppercase: true), digits)
    }

    private static func padded(_ digits: String, _ count: Int) -> String {
        String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }

    // MARK: Characters

    private static let hypertext: [Unicode.Scalar: String] = [
        "\"": "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "\0": "\u{FFFD}",
    ]

    private static let script: [Unicode.Scalar: String] = [
        "\\": "\\\\", "'": "\\'", "\"": "\\\"", "<": "\\u003C", ">": "\\u003E", "&": "\\u0026",
        "=": "\\u003D",
    ]

    private static let quoted: [Unicode.Scalar: String] = [
        "\u{7}": "\\a", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
        "\u{B}": "\\v", "\\": "\\\\",
    ]

    /// Writes each character, or the name that it has.
    private static func write(
        _ text: String,
        to writer: inout GoWriter,
        name: (Unicode.Scalar) -> String?
    ) throws(GoFunctionError) {
        for scalar in text.unicodeScalars {
            if let name = name(scalar) {
                try writer.write(name)
            } else {
                try writer.write(scalar)
            }
        }
    }

    /// Whether Go prints a character: letters, marks, numbers, punctuation, symbols, and the space.
    private static func isPrinted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}
