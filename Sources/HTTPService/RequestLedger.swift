internal import POSIX

/// Counts what is going on in a server, bounds it, and says when it is over.
///
/// DESIGN. Stopping the library while a connection is suspended aborts the process. So the ledger
/// knows every suspended request, and a server stops in this order: `beginDrain` (nothing new
/// starts), wait until quiet or too late, `close` (nothing starts at all; the rest is handed out to
/// be ended), wait until nothing is suspended.
///
/// Invariants:
/// 1. `slots <= limit`, and a slot is returned when its handler has really ended;
/// 2. after `close` no request becomes suspended for longer than its callback;
/// 3. every waiter is resumed exactly once, outside the lock.
final class RequestLedger: Sendable {
    /// Whether a request may be worked on.
    enum Admission: Hashable {
        case admitted, busy, draining
    }

    enum Condition {
        /// No request is between its head and its last byte.
        case quiet
        /// No connection is suspended.
        case nothingSuspended
    }

    private enum Phase {
        case open, draining, closed
    }

    private struct Waiter {
        let condition: Condition
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        let limit: Int
        var phase = Phase.open
        var exchanges = 0
        var slots = 0
        var running: [ObjectIdentifier: RunningRequest] = [:]
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
        /// Cancelled before they waited; cancellation may win that race.
        var cancelled: Set<UInt64> = []

        func holds(_ condition: Condition) -> Bool {
            switch condition {
            case .quiet: exchanges == 0
            case .nothingSuspended: running.isEmpty
            }
        }

        mutating func takeSatisfied() -> [CheckedContinuation<Void, Never>] {
            guard !waiters.isEmpty else { return [] }
            let satisfied = waiters.filter { holds($0.value.condition) }
            for id in satisfied.keys { waiters.removeValue(forKey: id) }
            return satisfied.values.map(\.continuation)
        }
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
        change { $0.exchanges -= 1 }
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

    /// Notes a request whose connection is suspended.
    ///
    /// - Returns: False after `close`; the caller then ends the request at once.
    func suspended(_ request: RunningRequest) -> Bool {
        state.withLock { state in
            guard state.phase != .closed else { return false }
            state.running[ObjectIdentifier(request)] = request
            return true
        }
    }

    /// Notes that a request's connection was resumed.
    func resumed(_ request: RunningRequest) {
        change { _ = $0.running.removeValue(forKey: ObjectIdentifier(request)) }
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

    /// Waits until a condition holds; returns at once when the task is cancelled.
    func wait(for condition: Condition) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { enqueue(id, condition, $0) }
        } onCancel: {
            abandon(id)
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    private func enqueue(
        _ id: UInt64,
        _ condition: Condition,
        _ continuation: CheckedContinuation<Void, Never>
    ) {
        let mayGoOn = state.withLock { state in
            if state.holds(condition) || state.cancelled.contains(id) { return true }
            state.waiters[id] = Waiter(condition: condition, continuation: continuation)
            return false
        }
        if mayGoOn { continuation.resume() }
    }

    private func abandon(_ id: UInt64) {
        let waiter = state.withLock { state in
            state.cancelled.insert(id)
            return state.waiters.removeValue(forKey: id)
        }
        waiter?.continuation.resume()
    }

    private func change(_ body: (inout State) -> Void) {
        let satisfied = state.withLock { state in
            body(&state)
            return state.takeSatisfied()
        }
        for continuation in satisfied { continuation.resume() }
    }
}
