internal import POSIX

/// Counts what is going on in a server, bounds it, and says when it is over.
///
/// DESIGN. Stopping the library while a connection is suspended aborts the process. So the ledger
/// knows every request that a task works on, and a server stops in this order: `beginDrain` (nothing
/// new starts), wait until quiet or too late, `close` (nothing starts at all; the rest is handed out
/// to be cancelled, after which it is never suspended again).
///
/// Invariants:
/// 1. `slots <= limit`, and a slot is returned when its handler has really ended;
/// 2. after `close` no request is added;
/// 3. every waiter is resumed exactly once, outside the lock.
final class RequestLedger: Sendable {
    /// Whether a request may be worked on.
    enum Admission: Hashable {
        case admitted, busy, draining
    }

    private enum Phase {
        case open, draining, closed
    }

    private typealias Waiter = CheckedContinuation<Void, Never>

    private struct State {
        let limit: Int
        var phase = Phase.open
        var exchanges = 0
        var slots = 0
        var running: [ObjectIdentifier: RunningRequest] = [:]
        var lastWaiter: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        /// Cancelled before they waited; cancellation may win that race.
        var cancelled: Set<UInt64> = []
    }

    private let state: Guarded<State>

    /// - Parameter limit: Most requests that are worked on at once.
    init(limit: Int) {
        state = Guarded(State(limit: limit))
    }

    /// How many requests are between their head and their last byte.
    var exchanges: Int { state.withLock { $0.exchanges } }

    /// Whether the server is going down.
    var isDraining: Bool { state.withLock { $0.phase != .open } }

    // MARK: Requests

    /// Counts a request in.
    func enter() {
        state.withLock { $0.exchanges += 1 }
    }

    /// Counts a request out.
    func leave() {
        let satisfied = state.withLock { state -> [Waiter] in
            state.exchanges -= 1
            guard state.exchanges == 0, !state.waiters.isEmpty else { return [] }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in satisfied { waiter.resume() }
    }

    /// Takes a slot for a request's work.
    func takeSlot() -> Admission {
        state.withLock { state in
            guard state.phase == .open else { return .draining }
            guard state.slots < state.limit else { return .busy }
            state.slots += 1
            return .admitted
        }
    }

    /// Gives a slot back.
    func returnSlot() {
        state.withLock { $0.slots -= 1 }
    }

    /// Notes a request that a task will work on.
    ///
    /// - Returns: False after `close`; the caller then ends the request at once.
    func add(_ request: RunningRequest) -> Bool {
        state.withLock { state in
            guard state.phase != .closed else { return false }
            state.running[ObjectIdentifier(request)] = request
            return true
        }
    }

    /// Forgets a request that the library has let go of.
    func remove(_ request: RunningRequest) {
        state.withLock { _ = $0.running.removeValue(forKey: ObjectIdentifier(request)) }
    }

    // MARK: The end

    /// Stops admitting work.
    func beginDrain() {
        state.withLock { if $0.phase == .open { $0.phase = .draining } }
    }

    /// Stops everything that has not begun.
    ///
    /// - Returns: The requests that still run; the caller ends them.
    func close() -> [RunningRequest] {
        state.withLock { state in
            state.phase = .closed
            return Array(state.running.values)
        }
    }

    /// Waits until no request is between its head and its last byte, or the task is cancelled.
    func untilQuiet() async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { enqueue(id, $0) }
        } onCancel: {
            abandon(id)
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    private func enqueue(_ id: UInt64, _ waiter: Waiter) {
        let mayGoOn = state.withLock { state in
            if state.exchanges == 0 || state.cancelled.contains(id) { return true }
            state.waiters[id] = waiter
            return false
        }
        if mayGoOn { waiter.resume() }
    }

    private func abandon(_ id: UInt64) {
        let waiter = state.withLock { state in
            state.cancelled.insert(id)
            return state.waiters.removeValue(forKey: id)
        }
        waiter?.resume()
    }
}
