internal import CLinux
internal import Glibc

/// A moment of the calendar; it may jump when somebody sets the clock.
package struct WallTime: Sendable, Hashable {
    /// Nanoseconds since the start of 1970, UTC.
    package let nanoseconds: Int64

    /// Names a moment.
    ///
    /// - Parameter nanoseconds: Nanoseconds since the start of 1970, UTC.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The present moment.
    package static var now: WallTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Whole seconds since the start of 1970, UTC.
    package var seconds: Int { Int(nanoseconds / 1_000_000_000) }

    /// A later moment; the last that can be named when it would be beyond.
    package static func + (moment: WallTime, span: Duration) -> WallTime {
        let (sum, isBeyond) = moment.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return WallTime(nanoseconds: isBeyond ? .max : sum)
    }

    /// The date in UTC, as `2006-01-02`.
    package var date: String { String(rfc3339.prefix(10)) }

    /// The moment in UTC with nanoseconds: `2006-01-02T15:04:05.000000006Z`.
    package var rfc3339: String {
        var seconds = nanoseconds / 1_000_000_000
        var rest = nanoseconds % 1_000_000_000
        if rest < 0 {
            rest += 1_000_000_000
            seconds -= 1
        }
        var day = seconds / 86_400
        var second = seconds % 86_400
        if second < 0 {
            second += 86_400
            day -= 1
        }
        let (year, month, dayOfMonth) = Self.civil(day)
        // Digit by digit: an answer has a moment for every token.
        var text: [UInt8] = []
        text.reserveCapacity(30)
        func add(_ number: Int64, digits: Int, before mark: Character) {
            var unit: Int64 = 1
            for _ in 1..<digits { unit *= 10 }
            while unit > 0 {
                text.append(UInt8(ascii: "0") + UInt8(number / unit % 10))
                unit /= 10
            }
            text += mark.utf8
        }
        add(year, digits: 4, before: "-")
        add(month, digits: 2, before: "-")
        add(dayOfMonth, digits: 2, before: "T")
        add(second / 3600, digits: 2, before: ":")
        add(second / 60 % 60, digits: 2, before: ":")
        add(second % 60, digits: 2, before: ".")
        add(rest, digits: 9, before: "Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// Year, month and day of a day that is counted from the start of 1970.
    ///
    /// Eras of 400 years have as many days each; a year that begins in March has its leap day last.
    private static func civil(_ day: Int64) -> (Int64, Int64, Int64) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * ofYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, ofYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
