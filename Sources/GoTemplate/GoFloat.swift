internal import Glibc

/// Floating-point numbers as Go writes them.
enum GoFloat {
    /// The shortest text that reads back the same.
    ///
    /// - Parameter plain: The exponents of ten that are written without one; `fmt` has -4 to 5.
    static func general(_ value: Double, plain: ClosedRange<Int> = -4...5) -> String {
        guard value.isFinite else { return special(value) }
        guard value != 0 else { return value.sign == .minus ? "-0" : "0" }
        let (digits, exponent) = shortest(value.magnitude)
        let sign = value < 0 ? "-" : ""
        // `exponent` is that of the first digit.
        guard plain.contains(exponent) else {
            let rest = digits.dropFirst()
            let size = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            let point = rest.isEmpty ? "" : ".\(rest)"
            return "\(sign)\(digits.prefix(1))\(point)e\(exponent < 0 ? "-" : "+")\(size)"
        }
        if exponent < 0 {
            return "\(sign)0.\(String(repeating: "0", count: -exponent - 1))\(digits)"
        }
        let whole = digits.prefix(exponent + 1)
        let zeros = String(repeating: "0", count: max(0, exponent + 1 - digits.count))
        let rest = digits.dropFirst(exponent + 1)
        return "\(sign)\(whole)\(zeros)\(rest.isEmpty ? "" : ".\(rest)")"
    }

    /// A number as a verb of `printf` wants it: `e`, `f` or `g`.
    static func text(_ value: Double, _ letter: Unicode.Scalar, precision: Int?) -> String {
        guard value.isFinite else { return special(value) }
        if letter == "g", precision == nil { return general(value) }
        let form = letter == "e" ? "%.*e" : letter == "g" ? "%.*g" : "%.*f"
        var buffer = [CChar](repeating: 0, count: 400 + (precision ?? 6))
        // The buffer has room for every double: 309 digits, the precision, sign and point.
        let count = unsafe withVaList([Int32(precision ?? 6), value]) { list in
            unsafe vsnprintf(&buffer, buffer.count, form, list)
        }
        return String(
            decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
    }

    private static func special(_ value: Double) -> String {
        value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf"
    }

    /// The fewest digits that tell the number, and the exponent of the first one.
    private static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = value.description.split(separator: "e")
        var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = number[0]
        let fraction = number.count > 1 ? number[1] : ""
        exponent += whole.count - 1
        let all = String(whole + fraction)
        let leading = all.prefix { $0 == "0" }.count
        let digits = all.dropFirst(leading)
        exponent -= leading
        let trimmed = digits.reversed().drop { $0 == "0" }.reversed()
        return (String(trimmed), exponent)
    }
}
