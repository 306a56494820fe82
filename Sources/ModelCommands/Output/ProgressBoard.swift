internal import JSON

/// The steps and transfers of one job, in the order in which they began.
///
/// Knows no clock and no terminal: `ProgressDisplay` supplies them.
struct ProgressBoard: Sendable {
    private enum Entry {
        case step(String)
        case transfer(ProgressBar)
    }

    private var entries: [Entry] = []
    /// Which entry a blob's transfer is.
    private var transfers: [String: Int] = [:]
    /// Whether the last step is still being done.
    private var isStepping = false
    /// Tenths of each transfer that plain lines have told.
    private var told: [Int: Int] = [:]
    private var toldSteps = 0

    private static let frames: [Character] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    /// Frames a second.
    private static let pace = 10.0
    /// Most lines that are drawn, the last ones: those above would scroll away.
    private static let mostLines = 20

    /// Begins a step; the one before has ended.
    mutating func begin(_ step: String) {
        entries.append(.step(step))
        isStepping = true
    }

    /// Ends the step that is being done.
    mutating func endStep() { isStepping = false }

    /// Takes over where a transfer is, which begins it when it is new.
    mutating func transfer(
        _ key: String,
        label: @autoclosure () -> String,
        completed: Int,
        total: Int,
        at time: Double
    ) {
        isStepping = false
        if let index = transfers[key], case .transfer(var bar) = entries[index] {
            bar.advance(to: completed, of: total, at: time)
            entries[index] = .transfer(bar)
        } else {
            transfers[key] = entries.count
            let bar = ProgressBar(label(), total: total, completed: completed, at: time)
            entries.append(.transfer(bar))
        }
    }

    /// Takes over one object of a server's answer about a pull, a push or a new model.
    mutating func take(_ answer: JSONValue, at time: Double) {
        let status = answer["status"]?.stringValue ?? ""
        if let digest = answer["digest"]?.stringValue, let total = answer["total"]?.integerValue {
            // The first word about a blob comes before anything of it, and some are there already.
            guard let completed = answer["completed"]?.integerValue, completed > 0 else { return }
            transfer(
                "\(status) \(digest)",
                label: Self.label(status, digest),
                completed: completed,
                total: total,
                at: time
            )
        } else if !status.isEmpty, !isStepping || lastStep != status {
            begin(status)
        }
    }

    /// "pulling 6a0746a1ec1a:", whether or not the status has the digest.
    private static func label(_ status: String, _ digest: String) -> String {
        let name = digest.hasPrefix("sha256:") ? digest.dropFirst(7).prefix(12) : digest.prefix(12)
        if status.contains(name) { return "\(status):" }
        return "\(status.isEmpty ? "pulling" : status) \(name):"
    }

    private var lastStep: String? {
        if case .step(let text) = entries.last { text } else { nil }
    }

    /// The lines as they stand now.
    ///
    /// - Parameters:
    ///   - width: Columns of the terminal.
    ///   - time: The present moment.
    func lines(width: Int, at time: Double) -> [String] {
        let first = max(0, entries.count - Self.mostLines)
        return entries.indices.dropFirst(first).map { index in
            switch entries[index] {
            case .transfer(let bar): return bar.line(width: width, at: time)
            case .step(let text):
                let isRunning = isStepping && index == entries.count - 1
                let frame = Self.frames[Int(max(0, time) * Self.pace) % Self.frames.count]
                return TextWidth.prefix(text, max(0, width - 3)) + (isRunning ? " \(frame)" : "")
            }
        }
    }

    /// What is new since the last call, for those who cannot go back over lines: steps, and
    /// transfers each tenth of their way.
    mutating func news() -> [String] {
        var lines: [String] = []
        for index in entries.indices {
            switch entries[index] {
            case .step(let text):
                guard index >= toldSteps else { continue }
                lines.append(text)
            case .transfer(let bar):
                let tenth = bar.percent / 10
                guard told[index] != tenth else { continue }
                told[index] = tenth
                lines.append(bar.plainLine)
            }
        }
        toldSteps = entries.count
        return lines
    }
}
