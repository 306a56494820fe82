internal import POSIX

/// A part of a program that works until it is told to stop.
package protocol Service: Sendable {
    /// What logs and errors call it.
    var name: String { get }

    /// Works until the scope asks for the end, then finishes what it holds and returns.
    ///
    /// Returning or throwing before that ends the whole group. When the deadline has passed the task
    /// is cancelled.
    ///
    /// - Parameter scope: Tells the group of readiness, and the service of the end.
    func run(in scope: ServiceScope) async throws
}

/// The line between one running service and its group.
package final class ServiceScope: Sendable {
    private struct State {
        var isAsked = false
        var nextID = 0
        var handlers: [@Sendable () -> Void] = []
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        /// Cancelled before they were stored; cancellation may win that race.
        var cancelled: Set<Int> = []
    }

    private let state = Guarded(State())
    private let onReady: @Sendable () -> Void

    init(onReady: @escaping @Sendable () -> Void) {
        self.onReady = onReady
    }

    /// Says that the service does its work now; the next one is started then.
    ///
    /// Calls after the first change nothing.
    package func ready() {
        onReady()
    }

    /// Whether the end was asked for.
    package var isShuttingDown: Bool { state.withLock { $0.isAsked } }

    /// Runs a closure once the end is asked for; at once when it was already.
    ///
    /// - Parameter handler: Called from any thread; must not wait.
    package func onShutdown(_ handler: @escaping @Sendable () -> Void) {
        let isAsked = state.withLock { state in
            if !state.isAsked { state.handlers.append(handler) }
            return state.isAsked
        }
        if isAsked { handler() }
    }

    /// Waits until the end is asked for or the task is cancelled.
    package func untilShutdown() async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let mustWait = state.withLock { state in
                    if state.isAsked || state.cancelled.remove(id) != nil { return false }
                    state.waiters[id] = waiter
                    return true
                }
                if !mustWait { waiter.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.resume()
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    /// Asks for the end.
    func shutDown() {
        let (handlers, waiters) = state.withLock { state in
            let taken = (state.handlers, Array(state.waiters.values))
            state.isAsked = true
            state.handlers = []
            state.waiters = [:]
            return taken
        }
        for handler in handlers { handler() }
        for waiter in waiters { waiter.resume() }
    }
}
