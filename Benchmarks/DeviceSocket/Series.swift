import JSON
import POSIX

/// Times of one kind, in blocks; the first block only warms up.
struct Series {
    let name: String
    private var blocks: [[Double]] = []

    init(_ name: String) { self.name = name }

    /// Begins the next block.
    mutating func begin() { blocks.append([]) }

    mutating func add(_ time: Duration) {
        blocks[blocks.count - 1].append(Double(time.nanoseconds) / 1000)
    }

    /// Microseconds: percentiles of all blocks together, and the median of each.
    var json: JSONValue {
        let counted = blocks.dropFirst()
        let all = counted.flatMap { $0 }.sorted()
        return [
            "p50": .number(Self.quantile(0.5, of: all)),
            "p95": .number(Self.quantile(0.95, of: all)),
            "p99": .number(Self.quantile(0.99, of: all)),
            "medians": .array(counted.map { .number(Self.quantile(0.5, of: $0.sorted())) }),
        ]
    }

    private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        guard !sorted.isEmpty else { return .nan }
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}
