/// Numbers as Go writes them.
enum GoNumber {
    /// The constant of a text; nil when it is none.
    static func token(_ text: String) -> GoToken? {
        if let integer = integer(text) { return .integer(integer) }
        // A whole number that is too large is no number.
        guard text.contains(where: { ".eEpP".contains($0) }),
            let value = Double(text.filter { $0 != "_" }), value.isFinite
        else { return nil }
        return .float(value)
    }

    private static func integer(_ text: String) -> Int? {
        var digits = Substring(text)
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits.removeFirst() }
        var radix = 10
        if digits.count > 1, digits.first == "0" {
            let kinds: [Character: Int] = ["x": 16, "X": 16, "b": 2, "B": 2, "o": 8, "O": 8]
            let second = digits[digits.index(after: digits.startIndex)]
            radix = kinds[second] ?? 8
            digits.removeFirst(kinds[second] == nil ? 1 : 2)
        }
        let plain = digits.filter { $0 != "_" }
        guard plain.first?.isHexDigit == true else { return nil }
        return Int((isNegative ? "-" : "") + plain, radix: radix)
    }
}
