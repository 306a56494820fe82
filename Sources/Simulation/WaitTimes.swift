internal import DeviceManager

/// Times in a histogram; a quantile is the upper end of its bucket.
///
/// A microsecond is added to each, so that no wait at all is told from a short one.
package struct WaitTimes: Sendable {
    /// How many.
    package private(set) var count = 0
    /// Their sum in nanoseconds.
    package private(set) var sum: Int64 = 0
    /// The longest in nanoseconds.
    package private(set) var longest: Int64 = 0
    private var counts = [Int](repeating: 0, count: TimeBuckets.count)

    init() {}

    mutating func record(_ nanoseconds: Int64) {
        count += 1
        sum += nanoseconds
        longest = max(longest, nanoseconds)
        counts[TimeBuckets.bucket(of: nanoseconds + 1000)] += 1
    }

    /// The value that a part of all stay below, in nanoseconds; zero without values.
    ///
    /// - Parameter part: Between 0 and 1.
    package func quantile(_ part: Double) -> Int64 {
        var left = Int((Double(count) * part).rounded(.up))
        for (index, number) in counts.enumerated() where number > 0 {
            left -= number
            if left <= 0 { return min(TimeBuckets.end(of: index) - 1000, longest) }
        }
        return 0
    }
}
