internal import DeviceManager

/// One model's engine in simulated time: it loads, works on tickets, and does neither while stopped.
///
/// Tickets that it works on together share its speed, so each of n advances at an n-th. So long as
/// their number stays the same the next one to finish is the one with the least left.
struct VirtualEngine {
    /// A ticket that is worked on.
    struct Run {
        let ticket: TicketID
        /// Where the engine's own clock stands when it is finished.
        let end: Int64
    }

    let model: TraceModel
    var generation: Generation?
    private(set) var runs: [Run] = []
    /// When something happens by itself; `Int64.max` for never.
    private(set) var due = Int64.max
    /// Nanoseconds for which it worked or loaded.
    private(set) var worked: Int64 = 0
    private var loadLeft: Int64?
    private var endsAt: Int64?
    private var isStopped = false
    private var clock: Int64 = 0
    private var clockAt: Int64 = 0

    /// What happened at `due`.
    enum Happening {
        case loaded
        case ended
        case finished(TicketID)
    }

    init(model: TraceModel) {
        self.model = model
    }

    mutating func start(_ generation: Generation, at now: Int64) {
        advance(to: now)
        self.generation = generation
        isStopped = false
        loadLeft = model.load
        plan(at: now)
    }

    mutating func stop(at now: Int64) {
        advance(to: now)
        isStopped = true
        plan(at: now)
    }

    mutating func resume(at now: Int64) {
        advance(to: now)
        isStopped = false
        plan(at: now)
    }

    /// Begins to give its memory back; works on nothing any more.
    mutating func evict(at now: Int64) {
        advance(to: now)
        loadLeft = nil
        endsAt = now + model.unload
        plan(at: now)
    }

    mutating func work(on ticket: TicketID, for held: Int64, at now: Int64) {
        advance(to: now)
        runs.append(Run(ticket: ticket, end: clock + held))
        plan(at: now)
    }

    mutating func drop(_ ticket: TicketID, at now: Int64) {
        guard let index = runs.firstIndex(where: { $0.ticket == ticket }) else { return }
        advance(to: now)
        runs.remove(at: index)
        plan(at: now)
    }

    /// What is due now; call only when `due` is reached.
    mutating func happen(at now: Int64) -> Happening? {
        advance(to: now)
        defer { plan(at: now) }
        if let endsAt, endsAt <= now {
            self.endsAt = nil
            runs.removeAll()
            return .ended
        }
        if let loadLeft, loadLeft <= 0 {
            self.loadLeft = nil
            return .loaded
        }
        guard let index = firstToFinish, runs[index].end <= clock else { return nil }
        return .finished(runs.remove(at: index).ticket)
    }

    private var firstToFinish: Int? {
        runs.indices.min { runs[$0].end < runs[$1].end }
    }

    private mutating func advance(to now: Int64) {
        let passed = now - clockAt
        clockAt = now
        guard !isStopped, passed > 0 else { return }
        if let left = loadLeft {
            loadLeft = left - passed
            worked += passed
        } else if !runs.isEmpty {
            clock += passed / Int64(runs.count)
            worked += passed
        }
    }

    private mutating func plan(at now: Int64) {
        if let endsAt {
            due = endsAt
        } else if isStopped {
            due = .max
        } else if let loadLeft {
            due = now + max(loadLeft, 0)
        } else if let index = firstToFinish {
            // A rest of a nanosecond that rounding leaves is worked off with the next look.
            due = now + max(runs[index].end - clock, 0) * Int64(runs.count)
        } else {
            due = .max
        }
    }
}
