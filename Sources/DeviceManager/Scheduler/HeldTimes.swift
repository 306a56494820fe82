/// How long work took: a histogram that forgets slowly and answers with its 0.9 quantile.
///
/// The answer is the upper end of its bucket. When it has seen `memory` values all counts are halved:
/// what a model takes changes with its use.
package struct HeldTimes: Sendable, Hashable {
    private static let memory = 512
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
        if counts.isEmpty { counts = [UInt16](repeating: 0, count: TimeBuckets.count) }
        counts[TimeBuckets.bucket(of: nanoseconds)] += 1
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
                answer = TimeBuckets.end(of: index)
                return
            }
        }
    }
}
