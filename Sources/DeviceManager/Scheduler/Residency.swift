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
    /// Bytes that were admitted when it was loaded; growth is measured against this.
    var admittedBytes = 0
    /// Whether the engine's process is stopped.
    package internal(set) var isStopped = false
    /// Whether it is never evicted for others.
    package internal(set) var isPinned = false
    /// When a ticket last used it, or it became ready.
    package internal(set) var lastUsed: MonotonicTime
    /// How often it was loaded.
    package internal(set) var loads = 0
    /// Failures since the last success.
    package internal(set) var failures = 0
    /// After a failure: not started again before this moment.
    package internal(set) var notBefore: MonotonicTime?
    /// Why it last failed.
    package internal(set) var lastFailure: String?
    /// Whether somebody asked to unload it; done as soon as no ticket needs it.
    var unloadsWhenIdle = false
    /// Loading time spent so far, stopped time excluded.
    var loadHeld: Duration = .zero
    /// When the present stretch of loading began; nil while it does not run.
    var loadStarted: MonotonicTime?

    init(model: ModelDescription, now: MonotonicTime) {
        self.model = model
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

    /// Whether it is on its way to being ready.
    var isComing: Bool {
        switch state {
        case .admitted, .loading: true
        case .absent, .ready, .draining: false
        }
    }

    var isDraining: Bool {
        if case .draining = state { true } else { false }
    }

    /// The word in status.
    package var word: String {
        switch state {
        case .absent: notBefore == nil ? "absent" : "failed"
        case .admitted, .loading: "loading"
        case .ready: "ready"
        case .draining: "draining"
        }
    }

    /// Starts or ends the counting of loading time; both are idempotent.
    mutating func countLoading(_ runs: Bool, at now: MonotonicTime) {
        switch (loadStarted, runs) {
        case (nil, true): loadStarted = now
        case (let start?, false):
            loadHeld += now - start
            loadStarted = nil
        default: break
        }
    }
}
