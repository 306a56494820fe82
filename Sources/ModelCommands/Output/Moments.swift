/// Moments and spans as Ollama's command line shows them.
enum Moments {
    /// The seconds since 1970 that an RFC 3339 text names; nil when it is none.
    ///
    /// Whole seconds, so that models which stay for ever, to centuries from now, have their moment.
    static func seconds(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            return Int(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month)
        else { return nil }
        let rest = text.dropFirst(19).drop { $0 == "." || $0.isNumber }
        guard let offset = offset(rest) else { return nil }
        let days = days(year, month, day)
        return days * 86_400 + hour * 3600 + minute * 60 + second - offset
    }

    /// A time zone, `Z` or `+02:00`, in seconds.
    private static func offset(_ text: Substring) -> Int? {
        if text == "Z" || text == "z" { return 0 }
        let parts = text.dropFirst().split(separator: ":")
        guard let sign = text.first, sign == "+" || sign == "-", parts.count == 2,
            let hours = Int(parts[0]), let minutes = Int(parts[1])
        else { return nil }
        return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    /// The days from the start of 1970 to a date; a year that begins in March has its leap day last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    /// A moment as seen from now: "3 days ago", "4 minutes from now", "Forever".
    ///
    /// - Parameters:
    ///   - text: The moment, as the server tells it; none and the year 1 mean never.
    ///   - now: Seconds since 1970.
    static func relative(_ text: String?, now: Int) -> String {
        guard let text, !text.hasPrefix("0001-"), let moment = seconds(text) else {
            return "Never"
        }
        let ago = now - moment
        if ago < -20 * 365 * 86_400 { return "Forever" }
        return ago < 0 ? "\(span(-ago)) from now" : "\(span(ago)) ago"
    }

    /// A span in its largest unit: "About an hour", "2 weeks".
    static func span(_ seconds: Int) -> String {
        // Hours are rounded, minutes are not.
        let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600)
        return switch seconds {
        case ..<1: "Less than a second"
        case 1: "1 second"
        case ..<60: "\(seconds) seconds"
        case _ where minutes == 1: "About a minute"
        case _ where minutes < 60: "\(minutes) minutes"
        case _ where hours == 1: "About an hour"
        case _ where hours < 48: "\(hours) hours"
        case _ where hours < 14 * 24: "\(hours / 24) days"
        case _ where hours < 60 * 24: "\(hours / 24 / 7) weeks"
        case _ where hours < 730 * 24: "\(hours / 24 / 30) months"
        default: "\(hours / 24 / 365) years"
        }
    }

    /// A span as Go writes durations: "4.935886791s", "130.079ms", "1m2.5s".
    static func goDuration(_ nanoseconds: Int) -> String {
        let sign = nanoseconds < 0 ? "-" : ""
        let total = nanoseconds.magnitude
        guard total > 0 else { return "0s" }
        for (unit, size) in [("ns", 1_000), ("µs", 1_000_000), ("ms", 1_000_000_000)]
        where total < UInt(size) {
            return sign + fraction(total, of: UInt(size) / 1000) + unit
        }
        let seconds = total / 1_000_000_000
        let rest = fraction(total % 60_000_000_000, of: 1_000_000_000) + "s"
        if seconds < 60 { return sign + rest }
        if seconds < 3600 { return "\(sign)\(seconds / 60)m\(rest)" }
        return "\(sign)\(seconds / 3600)h\(seconds / 60 % 60)m\(rest)"
    }

    /// A number of units with all the digits that it needs.
    private static func fraction(_ number: UInt, of unit: UInt) -> String {
        let rest = number % unit
        guard rest > 0 else { return "\(number / unit)" }
        var digits = "\(unit + rest)".dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(number / unit).\(digits)"
    }

    /// A span in at most six characters: "9s", "59m59s", "99h59m", "4d".
    static func short(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(max(0, seconds))s"
        case ..<3600: "\(seconds / 60)m\(seconds % 60)s"
        case ..<360_000: "\(seconds / 3600)h\(seconds / 60 % 60)m"
        case ..<864_000_000: "\(seconds / 86_400)d"
        default: "long"
        }
    }
}
