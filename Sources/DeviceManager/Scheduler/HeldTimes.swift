/// How long work took: a histogram that forgets slowly and answers with its 0.9 quantile.
///
/// Buckets are four an octave, so the answer is at most a fifth too high. When it has seen
/// `memory` values all counts are halved: what a model takes changes with its use.
package struct HeldTimes: Sendable, Hashable {
    private static let memory = 512
    private static let octaves = 44
    /// Fewer values than this say nothing.
    private static let enough = 4

    private var counts: [UInt16] = []
    private var total = 0
    private var sinceAnswer = 0
    private var answer: Int64?

    /// Remembers nothing.
    package init() {}

    /// Starts from what an earlier life learned.
    ///
    /// - Parameter nanoseconds: The quantile that it answered with.
    package init(remembered nanoseconds: Int64) {
        for _ in 0..<Self.enough { record(nanoseconds) }
    }

    /// Adds a value.
    ///
    /// - Parameter nanoseconds: How long it took; values below 1 µs count as that.
    package mutating func record(_ nanoseconds: Int64) {
        if counts.isEmpty { counts = [UInt16](repeating: 0, count: 4 * Self.octaves) }
        counts[Self.bucket(of: nanoseconds)] += 1
        total += 1
        sinceAnswer += 1
        if total > Self.memory {
            for index in counts.indices { counts[index] /= 2 }
            total = counts.reduce(0) { $0 + Int($1) }
        }
        // Reading a histogram costs more than writing it, and an answer stays right for a while.
        if total <= 2 * Self.enough || sinceAnswer >= 16 { refresh() }
    }

    /// The value that nine of ten stay below, in nanoseconds; nil until there is enough to go by.
    package var quantile: Int64? { answer }

    private mutating func refresh() {
        sinceAnswer = 0
        guard total >= Self.enough else { return }
        var above = (total + 9) / 10
        for index in counts.indices.reversed() {
            above -= Int(counts[index])
            if above <= 0 {
                answer = Self.limit(of: index)
                return
            }
        }
    }

    /// Bucket 4n+q holds 2^n·(1 + q/4) up to 2^n·(1 + (q+1)/4) µs.
    private static func bucket(of nanoseconds: Int64) -> Int {
        let micros = UInt64(max(nanoseconds, 1000)) / 1000
        let octave = 63 - micros.leadingZeroBitCount
        let quarter =
            octave >= 2 ? Int(micros >> (octave - 2)) & 3 : Int(micros << (2 - octave)) & 3
        return min(4 * octave + quarter, 4 * octaves - 1)
    }

    private static func limit(of bucket: Int) -> Int64 {
        let (octave, quarter) = (bucket / 4, Int64(bucket % 4))
        return ((1 << Int64(octave)) * 1000 * (5 + quarter)) / 4
    }
}
