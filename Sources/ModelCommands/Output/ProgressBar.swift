/// One transfer: how far it is, how fast, and how long it will take.
///
/// Times are seconds on any clock that does not jump.
struct ProgressBar: Sendable, Hashable {
    /// What is done, with a colon: "pulling 6a0746a1ec1a:".
    let label: String
    /// Bytes of the whole.
    private(set) var total: Int
    /// Bytes that are done.
    private(set) var completed: Int
    /// Where it was at some moments of the last seconds, the oldest one first.
    private var samples: [Sample] = []

    private struct Sample: Hashable {
        let time: Double
        let completed: Int
    }

    /// Seconds over which the rate is measured.
    private static let window = 10.0
    /// Least seconds between two samples.
    private static let spacing = 0.5

    /// Begins a transfer, of which a part may have been done before.
    init(_ label: String, total: Int, completed: Int, at time: Double) {
        self.label = label
        self.total = max(0, total)
        self.completed = max(0, completed)
        samples = [Sample(time: time, completed: self.completed)]
    }

    /// Takes over how far it is.
    mutating func advance(to completed: Int, of total: Int, at time: Double) {
        self.total = max(0, total)
        self.completed = max(0, min(completed, max(0, total)))
        if let last = samples.last, time - last.time >= Self.spacing {
            samples.append(Sample(time: time, completed: self.completed))
        }
        while samples.count > 2, time - samples[0].time > Self.window { samples.removeFirst() }
    }

    /// Whether everything is done.
    var isDone: Bool { completed >= total }

    /// How much is done, from 0 to 100.
    var percent: Int { total > 0 ? Int(Double(completed) / Double(total) * 100) : 100 }

    /// Bytes a second; nil while nobody can know.
    func rate(at time: Double) -> Double? {
        guard let first = samples.first, time - first.time >= Self.spacing else { return nil }
        let rate = Double(completed - first.completed) / (time - first.time)
        return rate > 0 ? rate : nil
    }

    /// The bar in one line that is no longer than `width`.
    ///
    /// - Parameters:
    ///   - width: Columns of the terminal.
    ///   - time: The present moment.
    func line(width: Int, at time: Double) -> String {
        let start = "\(label) \(Self.right("\(percent)%", 4))"
        let end = isDone ? doneText : runningText(at: time)
        let room = width - TextWidth.of(start) - end.count - 5
        guard room >= 5 else { return TextWidth.prefix("\(start) \(end)", max(0, width - 1)) }
        let filled = room * percent / 100
        let bar =
            String(repeating: "█", count: filled) + String(repeating: " ", count: room - filled)
        return "\(start) ▕\(bar)▏ \(end)"
    }

    /// The same without a bar, for files: "pulling 6a0746a1ec1a:  40% of 2.6 GB".
    var plainLine: String { "\(label) \(Self.right("\(percent)%", 4)) of \(Amounts.bytes(total))" }

    private var doneText: String {
        Self.right(Amounts.bytes(total), 6) + String(repeating: " ", count: 25)
    }

    private func runningText(at time: Double) -> String {
        let amounts =
            Self.right(Amounts.bytes(completed), 6) + "/"
            + Self.right(Amounts.bytes(total), 6)
        guard let rate = rate(at: time) else { return Self.left(amounts, 31) }
        let rest = Double(total - completed) / rate
        let left = Moments.short(rest < 1e9 ? Int(rest.rounded(.up)) : .max)
        let speed = Self.right(Amounts.bytes(Int(min(rate, 1e18))), 6) + "/s"
        return Self.left("\(amounts)  \(speed)  \(Self.right(left, 6))", 31)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
