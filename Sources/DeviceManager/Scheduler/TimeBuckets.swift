/// The buckets of histograms of times: four an octave, from 1 µs to half a year.
///
/// Bucket 4n+q holds 2^n·(1 + q/4) up to 2^n·(1 + (q+1)/4) µs, so that a bucket's upper end is at most a
/// quarter above what is in it.
package enum TimeBuckets {
    /// How many there are.
    package static let count = 4 * 44

    /// The bucket that a time falls into.
    ///
    /// - Parameter nanoseconds: The time; less than 1 µs counts as that, and what is too long as the longest.
    package static func bucket(of nanoseconds: Int64) -> Int {
        let micros = UInt64(max(nanoseconds, 1000)) / 1000
        let octave = 63 - micros.leadingZeroBitCount
        let quarter =
            octave >= 2 ? Int(micros >> (octave - 2)) & 3 : Int(micros << (2 - octave)) & 3
        return min(4 * octave + quarter, count - 1)
    }

    /// The upper end of a bucket, in nanoseconds.
    ///
    /// - Parameter bucket: Below `count`.
    package static func end(of bucket: Int) -> Int64 {
        ((1 << Int64(bucket / 4)) * 1000 * (5 + Int64(bucket % 4))) / 4
    }
}
