/// Durations as Go writes them: `1h30m`, `100ms`, `-1.5s`, `0`.
package enum GoDuration {
    private static let units: [String: Int64] = [
        "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": 1_000_000_000,
        "m": 60_000_000_000, "h": 3_600_000_000_000,
    ]

    /// Reads a duration.
    ///
    /// - Parameter text: Numbers with units, each number with a fraction or without; a sign in
    ///   front counts for all.
    /// - Returns: Nanoseconds.
    /// - Throws: `ParameterError`, in the words of Go's library, for anything else, and for what 64
    ///   bits do not hold.
    package static func parse(_ text: String) throws(ParameterError) -> Int64 {
        let invalid = ParameterError("time: invalid duration \(quoted(text))")
        // By bytes, as Go does: to Swift a mark that joins the digit before it makes another
        // character.
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual("0".utf8) { return 0 }
        guard !rest.isEmpty else { throw invalid }
        var total: Int64 = 0
        while !rest.isEmpty {
            let number = number(at: rest)
            rest = rest.dropFirst(number.count)
            let bytes = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
            rest = rest.dropFirst(bytes.count)
            let unit = String(decoding: bytes, as: UTF8.self)
            guard number.contains(where: isDigit) else { throw invalid }
            guard !unit.isEmpty else {
                throw ParameterError("time: missing unit in duration \(quoted(text))")
            }
            guard let size = units[unit] else {
                let words = "\(quoted(unit)) in duration \(quoted(text))"
                throw ParameterError("time: unknown unit \(words)")
            }
            guard let part = scaled(number, by: size) else { throw invalid }
            let (sum, overflows) = total.addingReportingOverflow(part)
            guard !overflows else { throw invalid }
            total = sum
        }
        return isNegative ? -total : total
    }

    /// Writes a duration as Go does: `1h30m0s`, `1.5s`, `100ms`, `0s`.
    ///
    /// - Parameter nanoseconds: The duration.
    package static func text(_ nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let size = nanoseconds.magnitude
        for (unit, length) in [("ns", 1), ("µs", 1000), ("ms", 1_000_000)] as [(String, UInt64)]
        where size < length * 1000 { return sign + decimal(size, of: length) + unit }
        let minute: UInt64 = 60_000_000_000
        var result = decimal(size % minute, of: 1_000_000_000) + "s"
        if size >= minute { result = "\(size / minute % 60)m" + result }
        if size >= 60 * minute { result = "\(size / minute / 60)h" + result }
        return sign + result
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Digits with at most one point.
    private static func number(at text: Substring.UTF8View) -> Substring.UTF8View {
        var hasPoint = false
        return text.prefix { byte in
            if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
                return true
            }
            return isDigit(byte)
        }
    }

    private static func scaled(_ number: Substring.UTF8View, by size: Int64) -> Int64? {
        let digits = number.prefix { $0 != UInt8(ascii: ".") }
        guard let whole = digits.isEmpty ? 0 : Int64(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        let (product, overflows) = whole.multipliedReportingOverflow(by: size)
        guard !overflows else { return nil }
        // Digits beyond a nanosecond of the largest unit do not count.
        var (fraction, scale) = (Int64(0), size)
        for digit in number.dropFirst(digits.count + 1).prefix(18) {
            fraction += Int64(digit - UInt8(ascii: "0")) * scale / 10
            scale /= 10
        }
        let (sum, isTooLarge) = product.addingReportingOverflow(fraction)
        return isTooLarge ? nil : sum
    }

    private static func decimal(_ value: UInt64, of unit: UInt64) -> String {
        let rest = value % unit
        guard rest > 0 else { return "\(value / unit)" }
        let digits = String(unit + rest).dropFirst()
        let trimmed = digits.reversed().drop { $0 == "0" }.reversed()
        return "\(value / unit).\(String(trimmed))"
    }

    /// As Go quotes here: everything but printable ASCII by its bytes.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                result += "\\\(Character(Unicode.Scalar(byte)))"
            case 0x20..<0x80: result.append(Character(Unicode.Scalar(byte)))
            default: result += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return result + "\""
    }
}
