/// Cuts a template into tokens.
///
/// White space beside an action is gone when the action asks for that with a hyphen, and comments
/// with all that is in them.
struct GoLexer {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var tokens: [GoPlacedToken] = []
    /// Whether the text that comes next loses its leading white space.
    private var trimsNext = false

    /// The tokens of a template; the last one is `end`.
    static func tokens(of source: String) throws(GoTemplateError) -> [GoPlacedToken] {
        var lexer = GoLexer(source)
        try lexer.readTemplate()
        return lexer.tokens
    }

    private init(_ source: String) {
        bytes = Array(source.utf8)
    }

    // MARK: Outside of actions

    private mutating func readTemplate() throws(GoTemplateError) {
        while index < bytes.count {
            let start = index
            while index < bytes.count, !isNext("{{") { index += 1 }
            let ends = index == bytes.count
            let trimsEnd = !ends && isTrimMark(at: index + 2)
            put(bytes[start..<index], trimsEnd: trimsEnd)
            guard !ends else { break }
            try readAction(skipping: trimsEnd ? 4 : 2)
        }
        append(.end)
    }

    private mutating func put(_ text: ArraySlice<UInt8>, trimsEnd: Bool) {
        var kept = text
        if trimsNext { kept = kept.drop(while: Self.isSpace) }
        if trimsEnd, let last = kept.lastIndex(where: { !Self.isSpace($0) }) {
            kept = kept[...last]
        } else if trimsEnd {
            kept = []
        }
        trimsNext = false
        if !kept.isEmpty { append(.text(String(decoding: kept, as: UTF8.self))) }
        line += text.count { $0 == UInt8(ascii: "\n") }
    }

    private mutating func readAction(skipping count: Int) throws(GoTemplateError) {
        index += count
        if isNext("/*") { return try skipComment() }
        append(.open)
        while true {
            if isNext("}}") {
                index += 2
                break
            }
            if index < bytes.count, Self.isSpace(bytes[index]), isTrimEnd(at: index + 1) {
                index += 4
                trimsNext = true
                break
            }
            try readToken()
        }
        append(.close)
    }

    private mutating func skipComment() throws(GoTemplateError) {
        // The beginning is no end: "/*/" goes on.
        index += 2
        while index < bytes.count, !isNext("*/") { advance() }
        guard index < bytes.count else { throw error("a comment is not closed") }
        index += 2
        if isNext("}}") {
            index += 2
        } else if index < bytes.count, Self.isSpace(bytes[index]), isTrimEnd(at: index + 1) {
            index += 4
            trimsNext = true
        } else {
            throw error("a comment ends before '}}'")
        }
    }

    // MARK: Inside of actions

    private mutating func readToken() throws(GoTemplateError) {
        guard index < bytes.count else { throw error("an action is not closed") }
        let byte = bytes[index]
        switch byte {
        case _ where Self.isSpace(byte):
            while index < bytes.count, Self.isSpace(bytes[index]), !isTrimEnd(at: index + 1) {
                advance()
            }
            append(.space)
        case UInt8(ascii: "("): take(.leftParenthesis)
        case UInt8(ascii: ")"): take(.rightParenthesis)
        case UInt8(ascii: "|"): take(.pipe)
        case UInt8(ascii: ","): take(.comma)
        case UInt8(ascii: "="): take(.assign)
        case UInt8(ascii: ":"):
            guard isNext(":=") else { throw error("':' is part of ':='") }
            index += 1
            take(.declare)
        case UInt8(ascii: "\""): append(.string(try readQuoted()))
        case UInt8(ascii: "`"): append(.string(try readRaw()))
        case UInt8(ascii: "'"): append(.integer(try readCharacter()))
        case UInt8(ascii: "$"):
            index += 1
            append(.variable(GoKey(readName())))
        case UInt8(ascii: ".") where !isDigit(at: index + 1):
            index += 1
            let name = readName()
            append(name.isEmpty ? .dot : .field(GoKey(name)))
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            append(try readNumber())
        default:
            let name = readName()
            guard !name.isEmpty else {
                throw error("an unexpected character \(Self.words(byte)) in an action")
            }
            append(.word(name))
        }
        try checkEnd(after: byte)
    }

    /// Names and numbers end where something begins that cannot be part of them.
    private func checkEnd(after first: UInt8) throws(GoTemplateError) {
        guard let last = tokens.last?.token, index < bytes.count else { return }
        switch last {
        case .word, .field, .variable, .integer, .float, .dot:
            let next = bytes[index]
            let ends =
                Self.isSpace(next) || " .,|:)(".utf8.contains(next) || isNext("}}")
                || first == UInt8(ascii: "'")
            guard ends else { throw error("an unexpected character \(Self.words(next))") }
        default: return
        }
    }

    private mutating func readName() -> String {
        let start = index
        while let length = letterLength(at: index) { index += length }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func readNumber() throws(GoTemplateError) -> GoToken {
        let start = index
        if "+-".utf8.contains(bytes[index]) { index += 1 }
        while index < bytes.count {
            let byte = bytes[index]
            let isSign =
                "+-".utf8.contains(byte) && "eEpP".utf8.contains(bytes[index - 1])
                && !isNext("0x", at: start)
            guard byte == UInt8(ascii: ".") || isSign || letterLength(at: index) != nil else {
                break
            }
            index += 1
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        guard let number = GoNumber.token(text) else { throw error("'\(text)' is no number") }
        return number
    }

    private mutating func readRaw() throws(GoTemplateError) -> String {
        let start = index + 1
        advance()
        while index < bytes.count, bytes[index] != UInt8(ascii: "`") { advance() }
        guard index < bytes.count else { throw error("a text in '`' is not closed") }
        index += 1
        return String(decoding: bytes[start..<(index - 1)], as: UTF8.self)
    }

    private mutating func readQuoted() throws(GoTemplateError) -> String {
        index += 1
        var text: [UInt8] = []
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            try readScalar(into: &text, quote: UInt8(ascii: "\""))
        }
        guard index < bytes.count else { throw error("a text in '\"' is not closed") }
        index += 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func readCharacter() throws(GoTemplateError) -> Int {
        index += 1
        var text: [UInt8] = []
        if index < bytes.count { try readScalar(into: &text, quote: UInt8(ascii: "'")) }
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
        guard isNext("'"), let scalar = scalars.first, scalars.count == 1 else {
            throw error("a constant in \"'\" is one character")
        }
        index += 1
        return Int(scalar.value)
    }

    /// Reads one character or one escape of a quoted text.
    private mutating func readScalar(
        into text: inout [UInt8],
        quote: UInt8
    ) throws(GoTemplateError) {
        let byte = bytes[index]
        guard byte != UInt8(ascii: "\n") else { throw error("a quoted text is not closed") }
        guard byte == UInt8(ascii: "\\") else {
            repeat {
                text.append(bytes[index])
                index += 1
            } while index < bytes.count && bytes[index] & 0xC0 == 0x80
            return
        }
        guard index + 1 < bytes.count else { throw error("an escape is not complete") }
        let kind = bytes[index + 1]
        index += 2
        if kind == quote || kind == UInt8(ascii: "\\") {
            text.append(kind)
        } else if let position = Array("abfnrtv".utf8).firstIndex(of: kind) {
            text.append([7, 8, 12, 10, 13, 9, 11][position])
        } else if let digits = [UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8][
            kind
        ] {
            let value = try readDigits(digits, radix: 16)
            guard kind != UInt8(ascii: "x") else { return text.append(UInt8(value)) }
            guard let scalar = Unicode.Scalar(UInt32(value)) else {
                throw error("an escape names no character")
            }
            text += Array(String(scalar).utf8)
        } else if (UInt8(ascii: "0")...UInt8(ascii: "3")).contains(kind) {
            index -= 1
            text.append(UInt8(try readDigits(3, radix: 8)))
        } else {
            throw error("'\\\(Character(Unicode.Scalar(kind)))' is no escape")
        }
    }

    private mutating func readDigits(_ count: Int, radix: Int) throws(GoTemplateError) -> Int {
        let end = min(index + count, bytes.count)
        let text = String(decoding: bytes[index..<end], as: UTF8.self)
        guard text.utf8.count == count, text.utf8.allSatisfy({ $0 > 0x2F }),
            let value = Int(text, radix: radix)
        else { throw error("an escape is not complete") }
        index = end
        return value
    }

    // MARK: Characters

    private func isNext(_ text: String, at place: Int? = nil) -> Bool {
        let place = place ?? index
        guard place < bytes.count else { return false }
        return bytes[place...].starts(with: text.utf8)
    }

    /// Whether `{{` is followed by a hyphen that means white space before it.
    private func isTrimMark(at place: Int) -> Bool {
        place + 1 < bytes.count && bytes[place] == UInt8(ascii: "-")
            && Self.isSpace(bytes[place + 1])
    }

    private func isTrimEnd(at place: Int) -> Bool { isNext("-}}", at: place) }

    private func isDigit(at place: Int) -> Bool {
        place < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place])
    }

    private static func isSpace(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }

    /// How many bytes a letter, a digit or an underscore has; nil when something else is there.
    private func letterLength(at place: Int) -> Int? {
        guard place < bytes.count else { return nil }
        switch bytes[place] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            return 1
        case 0x80...:
            let length = bytes[place] < 0xE0 ? 2 : bytes[place] < 0xF0 ? 3 : 4
            let text = String(decoding: bytes[place...].prefix(length), as: UTF8.self)
            switch text.unicodeScalars.first?.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
                .otherLetter, .decimalNumber:
                return length
            default: return nil
            }
        default: return nil
        }
    }

    private static func words(_ byte: UInt8) -> String {
        "'\(Character(Unicode.Scalar(byte)))'"
    }

    private mutating func advance() {
        if bytes[index] == UInt8(ascii: "\n") { line += 1 }
        index += 1
    }

    private mutating func take(_ token: GoToken) {
        index += 1
        append(token)
    }

    private mutating func append(_ token: GoToken) {
        tokens.append(GoPlacedToken(token: token, line: line))
    }

    private func error(_ message: String) -> GoTemplateError {
        GoTemplateError(message, line: line)
    }
}
