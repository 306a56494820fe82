/// Texts as other languages take them.
enum GoEscape {
    static func html(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "&#34;"
            case "'": result += "&#39;"
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\0": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func javaScript(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "'": result += "\\'"
            case "\"": result += "\\\""
            case "<", ">", "&", "=":
                result += "\\u" + hexadecimal(scalar.value, digits: 4)
            case _ where scalar.value < 0x20 || scalar.value > 0x7E && !isPrinted(scalar):
                result += "\\u" + hexadecimal(scalar.value, digits: 4)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func query(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "~"):
                result.append(byte)
            case UInt8(ascii: " "): result.append(UInt8(ascii: "+"))
            default: result += Array("%\(hexadecimal(UInt32(byte), digits: 2))".utf8)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A text in quotes with Go's escapes.
    static func quoted(_ text: String, by quote: Character = "\"") -> String {
        var names: [Unicode.Scalar: String] = [
            "\u{7}": "\\a", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
            "\u{B}": "\\v", "\\": "\\\\",
        ]
        for scalar in quote.unicodeScalars { names[scalar] = "\\\(quote)" }
        var result = String(quote)
        for scalar in text.unicodeScalars {
            if let name = names[scalar] {
                result += name
            } else if scalar.value < 0x20 || scalar.value == 0x7F {
                result += "\\x" + hexadecimal(scalar.value, digits: 2).lowercased()
            } else if !isPrinted(scalar) {
                let isWide = scalar.value > 0xFFFF
                let digits = hexadecimal(scalar.value, digits: isWide ? 8 : 4).lowercased()
                result += (isWide ? "\\U" : "\\u") + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + String(quote)
    }

    static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
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
