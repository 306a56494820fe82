/// A verb of `printf` with what stands between it and its `%`.
struct GoVerb {
    var width = 0
    var precision: Int?
    var letter: Unicode.Scalar = "v"
    private var isLeft = false
    private var hasPlus = false
    private var hasSpace = false
    private var hasZeros = false
    private var isAlternate = false

    /// Takes a flag; false for anything else.
    mutating func take(flag: Unicode.Scalar) -> Bool {
        switch flag {
        case "-": alignLeft()
        case "+": hasPlus = true
        case " ": hasSpace = true
        case "0": hasZeros = true
        case "#": isAlternate = true
        default: return false
        }
        return true
    }

    mutating func alignLeft() { isLeft = true }

    /// Writes a value.
    func write(
        _ value: GoValue,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        if letter == "T" { return try pad(Self.type(of: value), to: &writer) }
        switch value {
        case .none where letter == "v": try pad("<nil>", to: &writer)
        case .bool(let value) where letter == "v" || letter == "t":
            try pad(value ? "true" : "false", to: &writer)
        case .integer(let number):
            guard let text = text(of: number) else { return try refuse(value, to: &writer) }
            try padNumber(text, to: &writer)
        case .float(let number):
            guard let text = text(of: number) else { return try refuse(value, to: &writer) }
            try padNumber(text, to: &writer)
        case .string(let text) where Self.ofTexts.contains(letter):
            try write(text: text, to: &writer)
        case .list, .map, .record:
            try GoFormat.writeParts(of: value, to: &writer) {
                item,
                writer throws(GoFunctionError) in
                guard case .none = item else { return try write(item, to: &writer) }
                try writer.write("<nil>")
            }
        case .shown(let inner, let form):
            // Other verbs look through the form.
            if case .usual = form.text { return try write(inner, to: &writer) }
            guard Self.ofTexts.contains(letter) else { return try write(inner, to: &writer) }
            let text = try GoWriter.text(within: &writer.budget) {
                writer throws(GoFunctionError) in
                try GoFormat.write(value, to: &writer)
            }
            try write(text: text, to: &writer)
        default: try refuse(value, to: &writer)
        }
    }

    private static let ofTexts: Set<Unicode.Scalar> = ["v", "s", "q", "x", "X"]

    // MARK: Texts

    private func write(
        text: String,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        switch letter {
        case "x", "X": try writeDigits(of: text, to: &writer)
        case "q":
            let cut = cut(text)
            let quoted = try GoWriter.text(within: &writer.budget) {
                writer throws(GoFunctionError) in
                try GoEscape.writeQuoted(cut, to: &writer)
            }
            try pad(quoted, to: &writer)
        default: try pad(cut(text), to: &writer)
        }
    }

    /// The first characters of a text, where that many are asked for.
    private func cut(_ text: String) -> String {
        guard let precision else { return text }
        return String(text.unicodeScalars.prefix(precision))
    }

    private func writeDigits(
        of text: String,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        let (precision, separator) = (precision ?? text.utf8.count, hasSpace ? " " : "")
        let mark = isAlternate ? "0x" : ""
        let digits = try GoWriter.text(within: &writer.budget) { writer throws(GoFunctionError) in
            for (index, byte) in text.utf8.prefix(precision).enumerated() {
                if index > 0 { try writer.write(separator) }
                if index == 0 || hasSpace { try writer.write(mark) }
                try writer.write(GoEscape.hexadecimal(UInt32(byte), digits: 2))
            }
        }
        try pad(letter == "x" ? digits.lowercased() : digits.uppercased(), to: &writer)
    }

    // MARK: Numbers

    /// A whole number, or nil when the verb is none of theirs.
    private func text(of value: Int) -> String? {
        switch letter {
        case "v", "d": signed(value, radix: 10, mark: "")
        case "b": signed(value, radix: 2, mark: "0b")
        case "o": signed(value, radix: 8, mark: "0")
        case "x": signed(value, radix: 16, mark: "0x")
        case "X": signed(value, radix: 16, mark: "0x").uppercased()
        case "c": String(Self.character(value))
        case "q": Self.quoted(Self.character(value))
        case "U":
            "U+" + GoEscape.hexadecimal(UInt64(truncatingIfNeeded: value), digits: 4)
                + (isAlternate ? " '\(Self.character(value))'" : "")
        default: nil
        }
    }

    private func signed(_ value: Int, radix: Int, mark: String) -> String {
        let sign = value < 0 ? "-" : showsPlus ? "+" : hasSpace ? " " : ""
        var digits = String(value.magnitude, radix: radix)
        // Nothing at all stands for a zero of no digits.
        if precision == 0, value == 0 { return "" }
        digits = String(repeating: "0", count: max(0, (precision ?? 0) - digits.count)) + digits
        return sign + (isAlternate ? mark : "") + digits
    }

    /// Of `%+v` the sign means something else.
    private var showsPlus: Bool { hasPlus && letter != "v" }

    /// Any other number, or nil when the verb is none of theirs.
    private func text(of value: Double) -> String? {
        let kinds: [Unicode.Scalar: Unicode.Scalar] = [
            "v": "g", "g": "g", "G": "g", "e": "e", "E": "e", "f": "f", "F": "f",
        ]
        guard let kind = kinds[letter] else { return nil }
        let text = GoFloat.text(value, kind, precision: precision)
        let sign = text.hasPrefix("-") || text.hasPrefix("+") ? "" : showsPlus ? "+" : ""
        let space = sign.isEmpty && hasSpace && !text.hasPrefix("-") ? " " : ""
        return sign + space + (letter == "G" || letter == "E" ? text.uppercased() : text)
    }

    private static func character(_ value: Int) -> Unicode.Scalar {
        UInt32(exactly: value).flatMap { Unicode.Scalar($0) } ?? "\u{FFFD}"
    }

    private static func quoted(_ scalar: Unicode.Scalar) -> String {
        var writer = GoWriter(GoBudget())
        // A character is far shorter than the budget.
        try? GoEscape.writeQuoted(String(scalar), by: "'", to: &writer)
        return writer.text
    }

    // MARK: Padding

    private func pad(
        _ text: String,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        let missing = width > 0 ? max(0, width - text.unicodeScalars.count) : 0
        let filler = hasZeros && !isLeft ? UInt8(ascii: "0") : UInt8(ascii: " ")
        if !isLeft { try writer.write(filler, count: missing) }
        try writer.write(text)
        if isLeft { try writer.write(filler, count: missing) }
    }

    /// Zeros stand between the sign and the digits, and only where no precision asks for digits.
    private func padNumber(
        _ text: String,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        let isDigits = text.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard hasZeros, isDigits, letter != "c", letter != "q", letter != "U" else {
            var spaces = self
            spaces.hasZeros = hasZeros && (letter == "c" || letter == "q" || letter == "U")
            return try spaces.pad(text, to: &writer)
        }
        let isWhole = !text.utf8.contains { ".e".utf8.contains($0) } && letter != "f"
        guard !isLeft, precision == nil || !isWhole else {
            var spaces = self
            spaces.hasZeros = false
            return try spaces.pad(text, to: &writer)
        }
        let signs = text.prefix { "+- ".contains($0) }
        try writer.write(String(signs))
        var zeros = self
        zeros.width = max(0, width - signs.count)
        try zeros.pad(String(text.dropFirst(signs.count)), to: &writer)
    }

    // MARK: What does not fit

    private func refuse(
        _ value: GoValue,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        try writer.write("%!\(letter)(")
        var plain = self
        plain.letter = "v"
        try plain.describe(value, to: &writer)
        try writer.write(")")
    }

    /// Writes a value with its type.
    func describe(
        _ value: GoValue,
        to writer: inout GoWriter
    ) throws(GoFunctionError) {
        if case .none = value { return try writer.write("<nil>") }
        try writer.write("\(Self.type(of: value))=")
        try write(value, to: &writer)
    }

    /// What Go calls the type.
    private static func type(of value: GoValue) -> String {
        switch value.bare {
        case .list: "[]interface {}"
        case .map: "map[string]interface {}"
        case .none: "<nil>"
        default: value.kind
        }
    }
}
