/// Reads the text of a Modelfile.
///
/// DESIGN. At the start of a line blanks are passed over; `#` begins a comment up to the end of the
/// line, anything else an instruction's word, then a parameter's name or a message's role, then a
/// value. A value ends with the line, unless it begins with quotation marks that are not closed
/// yet:
///
/// 1. What begins with `"""` ends with the first line whose last visible characters are `"""`.
/// 2. What begins with `"` ends with the first line whose last visible character is `"`.
/// 3. Blanks around a value do not count; those inside the marks do.
///
/// So there may be any marks inside a line, and there is no escape. Single marks are like any other
/// character. Ends of lines are CR, LF, or both.
struct ModelfileReader {
    /// Most bytes that are read: 16 MiB; chosen, as many as a licence may have in a store.
    static let longest = 16 << 20
    /// The words of all instructions, as error messages list them.
    static let words = [
        "from", "license", "template", "system", "adapter", "draft", "renderer", "parser",
        "parameter", "message", "requires",
    ]

    private let text: [Unicode.Scalar]
    private var position = 0
    /// The line of `position`, counted from 1.
    private var line = 1

    /// Reads nothing yet.
    init(_ bytes: [UInt8]) {
        text = Array(Self.decoded(bytes).unicodeScalars)
    }

    /// All instructions with their lines.
    mutating func all() throws(ModelfileError) -> [(line: Int, instruction: Modelfile.Instruction)]
    {
        var found: [(line: Int, instruction: Modelfile.Instruction)] = []
        while let first = next {
            if first == "#" {
                while let scalar = next, !Self.endsLine(scalar) { advance() }
            } else if first.properties.isWhitespace {
                advance()
            } else {
                let start = line
                do throws(ModelfileError) {
                    found.append((start, try instruction()))
                } catch {
                    throw ModelfileError(error.reason, line: start)
                }
            }
        }
        return found
    }

    private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

    private mutating func advance() {
        let scalar = text[position]
        position += 1
        // A CR counts with the LF that follows it, or by itself.
        if scalar == "\n" || (scalar == "\r" && next != "\n") { line += 1 }
    }

    private mutating func instruction() throws(ModelfileError) -> Modelfile.Instruction {
        let word = take(while: Self.isLetter).lowercased()
        guard Self.words.contains(word) else { throw ModelfileError(.unknownInstruction) }
        try skipBlanks(after: word.uppercased())
        switch word {
        case "parameter":
            let name = take { Self.isLetter($0) || Self.isDigit($0) || $0 == "_" }
            guard !name.isEmpty else { throw ModelfileError(.unknownParameter(name)) }
            try skipBlanks(after: name)
            return .parameter(name: name, value: try value())
        case "message":
            let role = take(while: Self.isLetter)
            guard Modelfile.roles.contains(role) else { throw ModelfileError(.unknownRole) }
            try skipBlanks(after: role)
            return .message(role: role, content: try value())
        default:
            return Self.instruction(word, try value())
        }
    }

    private static func instruction(_ word: String, _ value: String) -> Modelfile.Instruction {
        switch word {
        case "adapter": .adapter(value)
        case "draft": .draft(value)
        case "template": .template(value)
        case "system": .system(value)
        case "license": .license(value)
        case "renderer": .renderer(value)
        case "parser": .parser(value)
        case "requires": .requires(value)
        default: .from(value)
        }
    }

    private mutating func take(while belongs: (Unicode.Scalar) -> Bool) -> String {
        var taken = String.UnicodeScalarView()
        while let scalar = next, belongs(scalar) {
            taken.append(scalar)
            advance()
        }
        return String(taken)
    }

    /// Passes over the blanks that a word must be followed by.
    private mutating func skipBlanks(after word: String) throws(ModelfileError) {
        guard let scalar = next, !Self.endsLine(scalar) else {
            throw ModelfileError(.incomplete("a value must follow '\(word)'"))
        }
        guard Self.isBlank(scalar) else {
            // Of a word that goes on: "FROM:", "SYSTEMS".
            throw ModelfileError(.unknownInstruction)
        }
        while let scalar = next, Self.isBlank(scalar) { advance() }
    }

    /// Reads up to the end of a value, by the rules above.
    private mutating func value() throws(ModelfileError) -> String {
        var start: Int?
        // One past the last visible character.
        var end = position
        while let scalar = next {
            if Self.endsLine(scalar) {
                if let value = complete(start, end) { return value }
            } else if !scalar.properties.isWhitespace {
                start = start ?? position
                end = position + 1
            }
            advance()
        }
        if let value = complete(start, end) { return value }
        throw ModelfileError(.incomplete("the quotation marks are not closed"))
    }

    /// The value between two places; nil while its quotation marks are open.
    private func complete(_ start: Int?, _ end: Int) -> String? {
        guard let start else { return "" }
        let value = text[start..<end]
        let mark = Unicode.Scalar("\"")
        let count = value.prefix(3).prefix { $0 == mark }.count
        guard count > 0 else { return Self.string(value) }
        let width = count == 3 ? 3 : 1
        guard value.count >= 2 * width, value.suffix(width).allSatisfy({ $0 == mark }) else {
            return nil
        }
        return Self.string(value.dropFirst(width).dropLast(width))
    }

    private static func string(_ text: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        return String(view)
    }

    private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r"
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t"
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    /// The text of a file by the mark at its start; UTF-8 without one.
    private static func decoded(_ bytes: [UInt8]) -> String {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return String(decoding: bytes.dropFirst(3), as: UTF8.self)
        }
        if bytes.starts(with: [0xFF, 0xFE]) {
            return decoded(bytes.dropFirst(2), highFirst: false)
        }
        if bytes.starts(with: [0xFE, 0xFF]) { return decoded(bytes.dropFirst(2), highFirst: true) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>, highFirst: Bool) -> String {
        let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return highFirst ? first << 8 | second : second << 8 | first
        }
        return String(decoding: units, as: UTF16.self)
    }
}
