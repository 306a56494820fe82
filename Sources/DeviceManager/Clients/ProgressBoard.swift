internal import JSON
internal import POSIX

/// How far the work under each ticket is, as its client says.
///
/// Subscribers hear of it at most once in `interval` for each ticket, and of the last word always:
/// what comes too soon is held back until its time.
struct ProgressBoard {
    /// What a client said.
    struct Progress: Equatable {
        /// Units of work that are done.
        let done: Int
        /// Units in all; nil when nobody knows.
        let total: Int?
        /// When it was said.
        let at: MonotonicTime
    }

    private struct Entry {
        var latest: Progress
        var toldAt: MonotonicTime
        var isHeldBack = false
    }

    /// The least time from one event of a ticket to the next.
    static let interval = Duration.milliseconds(250)

    private var entries: [TicketID: Entry] = [:]

    /// The last word on a ticket.
    subscript(id: TicketID) -> Progress? { entries[id]?.latest }

    /// Notes what a client said.
    ///
    /// - Returns: Whether subscribers are to be told now.
    mutating func note(_ progress: Progress, of id: TicketID) -> Bool {
        guard var entry = entries[id] else {
            entries[id] = Entry(latest: progress, toldAt: progress.at)
            return true
        }
        entry.latest = progress
        entry.isHeldBack = progress.at - entry.toldAt < Self.interval
        if !entry.isHeldBack { entry.toldAt = progress.at }
        entries[id] = entry
        return !entry.isHeldBack
    }

    /// Forgets a ticket that has ended.
    mutating func forget(_ id: TicketID) {
        entries.removeValue(forKey: id)
    }

    /// When something that was held back has its time; nil when nothing is.
    var nextDue: MonotonicTime? {
        entries.values.filter(\.isHeldBack).map { $0.toldAt + Self.interval }.min()
    }

    /// What was held back and has its time now.
    mutating func takeDue(at now: MonotonicTime) -> [(id: TicketID, progress: Progress)] {
        let due = entries.filter { $0.value.isHeldBack && $0.value.toldAt + Self.interval <= now }
        for id in due.keys {
            entries[id]?.isHeldBack = false
            entries[id]?.toldAt = now
        }
        return due.sorted { $0.key < $1.key }.map { ($0.key, $0.value.latest) }
    }
}

extension ProgressBoard.Progress {
    /// The members `done` and, where it is known, `total`.
    var members: [(String, JSONValue)] {
        [("done", JSONValue(done))] + (total.map { [("total", JSONValue($0))] } ?? [])
    }
}
