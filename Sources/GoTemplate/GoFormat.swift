internal import JSON

/// How values are written: as `fmt` of Go's library does it.
enum GoFormat {
    /// What an action writes.
    static func written(_ value: GoValue) -> String {
        if case .none = value { "<no value>" } else { plain(value) }
    }

    /// Values one after the other, with a space between two that are no texts.
    static func joined(_ values: [GoValue]) -> String {
        var result = ""
        for (index, value) in values.enumerated() {
            if index > 0, !isText(value), !isText(values[index - 1]) { result += " " }
            result += plain(value)
        }
        return result
    }

    private static func isText(_ value: GoValue) -> Bool {
        if case .string = value { true } else { false }
    }

    /// A value as `%v` writes it.
    static func plain(_ value: GoValue) -> String {
        switch value {
        case .none: "<nil>"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .float(let value): GoFloat.general(value)
        case .string(let text): text
        case .list(let items): "[" + items.map(plain).joined(separator: " ") + "]"
        case .map(let entries):
            "map["
                + entries.sorted { $0.key < $1.key }.map { "\($0.key):\(plain($0.value))" }
                .joined(separator: " ") + "]"
        case .record(_, let fields):
            "{"
                + fields.sorted { $0.key < $1.key }.map { plain($0.value) }
                .joined(separator: " ") + "}"
        case .shown(_, let json): GoJSON.text(json)
        }
    }

    // MARK: printf

    /// A verb of a form with what stands between it and its `%`.
    private struct Verb {
        var flags: Set<Character> = []
        var width = 0
        var precision: Int?
        var letter: Character = "v"
    }

    static func formatted(_ format: String, _ values: [GoValue]) -> String {
        var result = ""
        var rest = format[...]
        var next = 0
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            guard let verb = readVerb(&rest) else {
                result += "%!(NOVERB)"
                break
            }
            if verb.letter == "%" {
                result += "%"
            } else if next < values.count {
                result += write(values[next], verb)
                next += 1
            } else {
                result += "%!\(verb.letter)(MISSING)"
            }
        }
        result += rest.contains("%") ? "" : rest
        guard next < values.count else { return result }
        let extra = values[next...].map { describe($0) }.joined(separator: ", ")
        return result + "%!(EXTRA \(extra))"
    }

    private static func readVerb(_ rest: inout Substring) -> Verb? {
        var verb = Verb()
        while let flag = rest.first, "+-# 0".contains(flag) {
            verb.flags.insert(flag)
            rest.removeFirst()
        }
        verb.width = readNumber(&rest) ?? 0
        if rest.first == "." {
            rest.removeFirst()
            verb.precision = readNumber(&rest) ?? 0
        }
        guard let letter = rest.popFirst() else { return nil }
        verb.letter = letter
        return verb
    }

    /// Reads up to four digits; more would only make spaces.
    private static func readNumber(_ rest: inout Substring) -> Int? {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        return Int(digits.prefix(4))
    }

    private static func write(_ value: GoValue, _ verb: Verb) -> String {
        guard let text = text(of: value, verb) else {
            return "%!\(verb.letter)(\(describe(value)))"
        }
        return padded(text, verb, isNumber: isNumber(value.bare))
    }

    private static func text(of value: GoValue, _ verb: Verb) -> String? {
        switch (value.bare, verb.letter) {
        case (_, "v"): return plain(value)
        case (_, "T"): return value.kind
        case (.none, _): return nil
        case (.string(let text), "s"): return cut(text, verb)
        case (.string(let text), "q"): return GoEscape.quoted(cut(text, verb))
        case (.string(let text), "x"), (.string(let text), "X"):
            let digits = text.utf8.map { GoEscape.hexadecimal(UInt32($0), digits: 2) }.joined()
            return verb.letter == "x" ? digits.lowercased() : digits
        case (.bool(let value), "t"): return value ? "true" : "false"
        case (.integer(let value), "d"): return signed(value, radix: 10, verb)
        case (.integer(let value), "x"): return signed(value, radix: 16, verb)
        case (.integer(let value), "X"): return signed(value, radix: 16, verb).uppercased()
        case (.integer(let value), "o"): return signed(value, radix: 8, verb)
        case (.integer(let value), "b"): return signed(value, radix: 2, verb)
        case (.integer(let value), "c"): return character(value)
        case (.integer(let value), "q"): return GoEscape.quoted(character(value), by: "'")
        case (.float(let value), "f"), (.float(let value), "F"), (.float(let value), "e"),
            (.float(let value), "g"):
            let text = GoFloat.text(value, verb.letter, precision: verb.precision)
            return verb.flags.contains("+") && value >= 0 ? "+\(text)" : text
        case (.list(let items), let letter):
            var inner = verb
            inner.letter = letter
            return "[" + items.map { write($0, inner) }.joined(separator: " ") + "]"
        case (_, "s") where value != value.bare: return plain(value)
        default: return nil
        }
    }

    private static func character(_ value: Int) -> String {
        let scalar = UInt32(exactly: value).flatMap { Unicode.Scalar($0) }
        return String(Character(scalar ?? "\u{FFFD}"))
    }

    private static func cut(_ text: String, _ verb: Verb) -> String {
        guard let precision = verb.precision else { return text }
        return String(text.unicodeScalars.prefix(precision).map { Character($0) })
    }

    private static func signed(_ value: Int, radix: Int, _ verb: Verb) -> String {
        let sign =
            value < 0 ? "-" : verb.flags.contains("+") ? "+" : verb.flags.contains(" ") ? " " : ""
        return sign + String(value.magnitude, radix: radix)
    }

    private static func padded(_ text: String, _ verb: Verb, isNumber: Bool) -> String {
        let missing = verb.width - text.unicodeScalars.count
        guard missing > 0 else { return text }
        if verb.flags.contains("-") { return text + String(repeating: " ", count: missing) }
        guard verb.flags.contains("0") else { return String(repeating: " ", count: missing) + text }
        let zeros = String(repeating: "0", count: missing)
        guard isNumber, let sign = text.first, "+- ".contains(sign) else { return zeros + text }
        return "\(sign)\(zeros)\(text.dropFirst())"
    }

    private static func isNumber(_ value: GoValue) -> Bool {
        switch value {
        case .integer, .float: true
        default: false
        }
    }

    /// A value with its type, as it stands where a verb does not fit it.
    private static func describe(_ value: GoValue) -> String {
        if case .none = value { "<nil>" } else { "\(value.kind)=\(plain(value))" }
    }
}
