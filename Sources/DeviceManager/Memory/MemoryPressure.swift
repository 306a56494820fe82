internal import POSIX

/// How much the machine suffers from a lack of memory, as the kernel tells it (PSI).
///
/// `/proc/pressure/memory` has two lines of which `full` is the part of the time in which everything
/// that wanted to run had to wait for memory: `full avg10=1.23 avg60=0.50 avg300=0.10 total=12345`.
struct MemoryPressure: Sendable {
    /// From this part of the last ten seconds on idle models go.
    ///
    /// A machine without pressure has 0, one that swaps its working set several tenths.
    static let limit = 0.1
    /// How long the kernel's average takes to show what one eviction has brought.
    static let patience = Duration.seconds(5)

    private let path: String
    private var relievedAt: MonotonicTime?

    init(path: String) {
        self.path = path
    }

    /// Whether an idle model should go now; true at most once in the time that its going takes to show.
    mutating func demandsRelief(at now: MonotonicTime) -> Bool {
        // Kernels built without PSI have no such file: then only the ledger counts.
        guard let bytes = try? Files.read(path, limit: 4096),
            let stalled = Self.stalled(in: String(decoding: bytes, as: UTF8.self)),
            stalled >= Self.limit
        else { return false }
        if let relievedAt, now - relievedAt < Self.patience { return false }
        relievedAt = now
        return true
    }

    /// The part of the last ten seconds in which nothing could run for lack of memory.
    static func stalled(in text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.first == "full" else { continue }
            for word in words where word.hasPrefix("avg10=") {
                return Double(word.dropFirst("avg10=".count)).map { $0 / 100 }
            }
        }
        return nil
    }
}
