/// Times in a histogram of four buckets an octave; quantiles are at most a fifth too high.
package struct WaitTimes: Sendable {
    /// How many.
    package private(set) var count = 0
    /// Their sum in nanoseconds.
    package private(set) var sum: Int64 = 0
    /// The longest in nanoseconds.
    package private(set) var longest: Int64 = 0
    private var counts = [Int](repeating: 0, count: 4 * 48)

    init() {}

    mutating func record(_ nanoseconds: Int64) {
        count += 1
        sum += nanoseconds
        longest = max(longest, nanoseconds)
        counts[Self.bucket(of: nanoseconds)] += 1
    }

    /// The value that a part of all stay below, in nanoseconds; zero without values.
    ///
    /// - Parameter part: Between 0 and 1.
    package func quantile(_ part: Double) -> Int64 {
        var left = Int((Double(count) * part).rounded(.up))
        for (index, number) in counts.enumerated() where number > 0 {
            left -= number
            if left <= 0 { return min(Self.limit(of: index), longest) }
        }
        return 0
    }

    private static func bucket(of nanoseconds: Int64) -> Int {
        let micros = UInt64(max(nanoseconds, 0)) / 1000 + 1
        let octave = 63 - micros.leadingZeroBitCount
        let quarter =
            octave >= 2 ? Int(micros >> (octave - 2)) & 3 : Int(micros << (2 - octave)) & 3
        return min(4 * octave + quarter, 4 * 48 - 1)
    }

    private static func limit(of bucket: Int) -> Int64 {
        ((1 << Int64(bucket / 4)) * (5 + Int64(bucket % 4)) * 1000) / 4 - 1000
    }
}
