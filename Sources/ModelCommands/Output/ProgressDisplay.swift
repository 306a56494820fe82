internal import CommandLine
internal import Glibc
internal import JSON
internal import POSIX

/// Shows a job's progress on standard error: lines that are drawn again and again on a terminal,
/// lines one after another elsewhere.
///
/// The cursor stays visible and where the lines end, so that a program that is killed leaves nothing
/// to be put right.
final class ProgressDisplay: Sendable {
    private struct State {
        var board = ProgressBoard()
        /// Lines that are on the screen.
        var drawn = 0
        var lastDrawing = MonotonicTime(nanoseconds: 0)
        var isOver = false
    }

    private let terminal: Terminal
    private let state = Guarded(State())
    private let start = MonotonicTime.now

    /// From one drawing to the next.
    private static let pause = Duration.milliseconds(100)

    /// Begins to show progress.
    init(_ terminal: Terminal = .errors) {
        self.terminal = terminal
        guard terminal.isInteractive else { return }
        // Keeps the sign of life turning; without it only that stands still.
        let ticker = try? NamedThread("baton-progress") { [self] in
            while draw(isForced: false) { usleep(100_000) }
        }
        ticker?.detach()
    }

    /// Takes over one object of a server's answer.
    func take(_ answer: JSONValue) {
        change { $0.take(answer, at: $1) }
    }

    /// Begins a step.
    func begin(_ step: String) {
        change { board, _ in board.begin(step) }
    }

    /// Takes over where a transfer is.
    func transfer(_ key: String, label: String, completed: Int, total: Int) {
        change {
            $0.transfer(key, label: label, completed: completed, total: total, at: $1)
        }
    }

    /// Leaves the last state on the screen, or nothing.
    ///
    /// - Parameter isCleared: Whether all lines are taken away.
    func end(isCleared: Bool = false) {
        change { board, _ in board.endStep() }
        if terminal.isInteractive, !isCleared { draw(isForced: true) }
        state.withLock { state in
            guard !state.isOver else { return }
            state.isOver = true
            guard terminal.isInteractive, state.drawn > 0 else { return }
            guard isCleared else { return Terminal.writeError("\n") }
            let up = state.drawn > 1 ? "\u{1B}[\(state.drawn - 1)A" : ""
            Terminal.writeError("\r\(up)\u{1B}[J")
        }
    }

    private var now: Double { MonotonicTime.now.seconds(since: start) }

    private func change(_ body: (inout ProgressBoard, Double) -> Void) {
        let lines = state.withLock { state -> [String] in
            guard !state.isOver else { return [] }
            body(&state.board, now)
            return terminal.isInteractive ? [] : state.board.news()
        }
        for line in lines { Terminal.writeError(line + "\n") }
        if terminal.isInteractive { draw(isForced: false) }
    }

    /// Draws unless that was done just now; false when the job is over.
    @discardableResult
    private func draw(isForced: Bool) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            let moment = MonotonicTime.now
            let isDue = moment - state.lastDrawing >= Self.pause
            guard isForced || isDue || state.drawn == 0 else { return true }
            // The terminal may have changed its width.
            let lines = state.board.lines(width: Terminal.errors.width, at: now)
            guard !lines.isEmpty else { return true }
            var text = "\u{1B}[?2026h\r"
            if state.drawn > 1 { text += "\u{1B}[\(state.drawn - 1)A" }
            text += lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n") + "\u{1B}[?2026l"
            Terminal.writeError(text)
            state.drawn = lines.count
            state.lastDrawing = moment
            return true
        }
    }
}
