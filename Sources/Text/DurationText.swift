/// Durations as people write them: `250ms`, `30s`, `5m`, `1h30m`, `2d`, or a number of seconds.
package enum DurationText {
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
    ]

    /// Reads a duration; nil when the text is none.
    ///
    /// Units go from large to small, each at most once; the last number may have a fraction. A minus
    /// sign in front makes the whole negative. Precise to a nanosecond.
    ///
    /// - Parameter text: The text.
    package static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        var allowed = units[...]
        while !rest.isEmpty {
            let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(number.count)
            let word = rest.prefix { ("a"..."z").contains($0) }
            rest = rest.dropFirst(word.count)
            let isBare = word.isEmpty && allowed.count == units.count && rest.isEmpty
            let name = isBare ? "s" : String(word)
            guard let index = allowed.firstIndex(where: { $0.name == name }),
                rest.isEmpty || !number.contains("."),
                let part = scaled(number, by: units[index].nanoseconds)
            else { return nil }
            allowed = allowed[(index + 1)...]
            let (sum, overflowed) = total.addingReportingOverflow(part)
            guard !overflowed else { return nil }
            total = sum
        }
        return .nanoseconds(isNegative ? -total : total)
    }

    /// Writes a duration so that `parse` reads the same, in the fewest units: "1h30m", "250ms", "0s".
    ///
    /// - Parameter duration: The duration; fractions of a nanosecond are dropped.
    package static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let total = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        guard total != 0 else { return "0s" }
        var text = total < 0 ? "-" : ""
        var rest = total.magnitude
        for (name, size) in units.dropLast() {
            let count = rest / UInt64(size)
            rest %= UInt64(size)
            if count > 0 { text += "\(count)\(name)" }
        }
        guard rest > 0 else { return text }
        let whole = rest / 1_000_000
        let fraction = rest % 1_000_000
        guard fraction > 0 else { return text + "\(whole)ms" }
        var digits = String(1_000_000 + fraction).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return text + "\(whole).\(digits)ms"
    }

    /// A decimal number times a unit, rounded down; nil when it is no number or does not fit.
    static func scaled(_ number: Substring, by unit: Int64) -> Int64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }),
            let whole = Int64(parts[0])
        else { return nil }
        let (total, overflowed) = whole.multipliedReportingOverflow(by: unit)
        guard !overflowed else { return nil }
        guard parts.count == 2 else { return total }
        // 18 digits are what 64 bits hold.
        guard parts[1].utf8.count <= 18, let numerator = Int64(parts[1]) else { return nil }
        let denominator = parts[1].utf8.reduce(Int64(1)) { value, _ in value * 10 }
        let product = numerator.multipliedFullWidth(by: unit)
        let fraction = denominator.dividingFullWidth(product).quotient
        let (sum, isTooLarge) = total.addingReportingOverflow(fraction)
        return isTooLarge ? nil : sum
    }
}
