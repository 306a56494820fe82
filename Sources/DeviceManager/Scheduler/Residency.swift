package import POSIX

/// One model loaded in one engine: `absent → loading → ready → draining → absent`.
///
/// After a failure a model is absent with a moment before which it is not started again.
package struct Residency: Sendable {
    /// Where a residency stands.
    package enum State: Sendable, Hashable {
        /// Not in memory.
        case absent
        /// Memory is set aside; the engine waits for its turn to start.
        case admitted
        /// The engine was started and is not ready.
        case loading(Generation)
        /// The engine answers.
        case ready(Generation)
        /// The engine is being ended; its memory is not back.
        case draining(Generation)
    }

    /// What is known of the model.
    package internal(set) var model: ModelDescription
    /// Where it stands.
    package internal(set) var state: State = .absent
    /// Bytes that the ledger holds for it.
    package internal(set) var bytes = 0
    /// Whether the engine's process is stopped.
    package internal(set) var isStopped = false
    /// Whether an outsider was asked to yield and has not.
    package internal(set) var isYielding = false
    /// Whether it is never evicted for others.
    package internal(set) var isPinned = false
    /// When a ticket last used it, or it became ready.
    package internal(set) var lastUsed: MonotonicTime
    /// How often it was loaded.
    package internal(set) var loads = 0
    /// How often its engine got the device.
    package internal(set) var turns = 0
    /// Failures since the last success.
    package internal(set) var failures = 0
    /// After a failure: not started again before this moment.
    package internal(set) var notBefore: MonotonicTime?
    /// Why it last failed.
    package internal(set) var lastFailure: String?
    /// Tickets that are busy on it.
    package internal(set) var busy = 0
    /// Tickets that wait for it.
    package internal(set) var waiting = 0
    /// Tickets that are over while its engine still works for them.
    package internal(set) var lingering = 0
    /// Whether no more tickets are granted on it, because another model is to have its memory.
    package internal(set) var isClosing = false
    /// Whether the model is not known any more; nothing else of it means anything then.
    package internal(set) var isForgotten = false

    /// The number of its device.
    let device: Int
    /// Times of the description in nanoseconds.
    private(set) var keepAlive: Int64?
    let loadTimeout: Int64
    let maximumHeld: Int64
    /// The lanes that name it.
    var lanes: [Int] = []
    /// Bytes that were admitted when it was loaded; growth is measured against this.
    var admittedBytes = 0
    /// Whether that was an estimate, because it was never measured before.
    var isGuessed = false
    /// Whether somebody asked to unload it; done as soon as no ticket needs it.
    var unloadsWhenIdle = false
    /// Whether it had to go for another model, so that loading it again is a swap.
    var wasDisplaced = false
    /// The highest class that has used it since it was loaded.
    var usedRank = -1
    /// Uses, of which half are forgotten in `Self.halfLife`, up to `lastUsed`.
    var uses = 0.0
    /// Whether an outsider was granted it, so that there is a process.
    var hasProcess = false
    /// Until when an outsider may take to yield.
    var yieldEnds: Int64 = 0
    /// Questions that its engine has not answered, one after the other.
    var unanswered = 0
    /// How long it has been loading, stopped time excluded.
    var loadWatch = Stopwatch()
    /// How long it has gone on with work that was called off, stopped time excluded.
    var lingerWatch = Stopwatch()
    /// When its turn is over, if an equal wants the device then.
    var turnEnds: Int64 = 0
    /// What is left of a turn that a higher class interrupted.
    var turnLeft: Int64 = 0
    /// When it last had to stop.
    var stoppedAt: Int64 = 0
    /// Whether it has a place among the engines that run after this decision.
    var isChosen = false
    /// Held times for each unit of declared work.
    var heldPerUnit = HeldTimes()

    /// The time in which half of the uses are forgotten.
    private static let halfLife = 300.0

    init(model: ModelDescription, device: Int, now: MonotonicTime) {
        self.model = model
        self.device = device
        keepAlive = model.keepAlive?.nanoseconds
        loadTimeout = model.loadTimeout.nanoseconds
        maximumHeld = model.maximumHeld.nanoseconds
        lastUsed = now
    }

    /// The engine's present life, if it has one.
    package var generation: Generation? {
        switch state {
        case .absent, .admitted: nil
        case .loading(let generation), .ready(let generation), .draining(let generation):
            generation
        }
    }

    /// Whether tickets can be granted on it.
    package var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    /// Whether its engine was started and is not ready.
    package var isLoading: Bool {
        if case .loading = state { true } else { false }
    }

    /// Whether it is on its way to being ready.
    var isComing: Bool { isLoading || state == .admitted }

    var isDraining: Bool {
        if case .draining = state { true } else { false }
    }

    /// Whether a busy or waiting ticket names it; idle tickets hold nothing.
    var isNeeded: Bool { busy + waiting > 0 }

    /// Whether its engine has something to do.
    var works: Bool { isLoading || busy > 0 || lingering > 0 }

    /// The word in status.
    package var word: String {
        switch state {
        case .absent: notBefore == nil ? "absent" : "failed"
        case .admitted, .loading: "loading"
        case .ready: "ready"
        case .draining: "draining"
        }
    }

    /// Its process does not run any more.
    mutating func halt(at now: MonotonicTime) {
        loadWatch.run(false, at: now.nanoseconds)
        lingerWatch.run(false, at: now.nanoseconds)
        isYielding = false
        isStopped = true
        stoppedAt = now.nanoseconds
        turnLeft = max(0, turnEnds - now.nanoseconds)
    }

    /// Its process runs on, for what was left of its turn or a new one.
    mutating func proceed(quantum: Int64, at now: MonotonicTime) {
        loadWatch.run(isLoading, at: now.nanoseconds)
        lingerWatch.run(lingering > 0, at: now.nanoseconds)
        isStopped = false
        turns += 1
        turnEnds = now.nanoseconds + (turnLeft > 0 ? turnLeft : quantum)
    }

    /// From now on it stays this long without tickets; nil means for ever.
    mutating func keep(_ span: Duration?) {
        model.keepAlive = span
        keepAlive = span?.nanoseconds
    }

    /// Notes a use.
    mutating func use(at now: MonotonicTime) {
        uses = likelihood(at: now) + 1
        lastUsed = now
    }

    /// How much it was used lately; stands for how likely it is used again.
    private func likelihood(at now: MonotonicTime) -> Double {
        let age = now.seconds(since: lastUsed) / Self.halfLife
        // Halving whole half-lives and the rest linearly needs no library and errs by 6 % at most.
        let whole = age.rounded(.down)
        return uses / Double(1 << min(Int(whole), 60)) * (1 - (age - whole) / 2)
    }

    /// What its eviction costs for each byte that it frees: loading it again, if it is used again.
    func evictionCost(at now: MonotonicTime) -> Double {
        // A model that was never measured counts as one that loads in a second.
        let reload = model.loadTime?.seconds ?? 1
        return reload * (likelihood(at: now) + 0.01) / Double(max(bytes, 1))
    }
}
