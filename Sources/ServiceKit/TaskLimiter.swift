internal import HTTPService
internal import POSIX

/// Lets a few tasks work at once and a few more wait, first come first served.
package final class TaskLimiter: Sendable {
    private enum Entry {
        case entered
        case full
        case cancelled
    }

    private typealias Waiter = CheckedContinuation<Entry, Never>

    /// A job moves waiting → running → gone.
    ///
    /// Invariants: `running <= width`; a job waits only while `running == width`; every waiter is
    /// resumed exactly once.
    private struct State {
        var running = 0
        var lastID = 0
        var queue: [(id: Int, waiter: Waiter)] = []
        /// Cancelled before they were queued; cancellation may win the race.
        var cancelled: Set<Int> = []
    }

    private let width: Int
    private let waiting: Int
    private let state = Guarded(State())

    /// Creates a limiter.
    ///
    /// - Parameters:
    ///   - width: Tasks that work at once; at least 1.
    ///   - waiting: Tasks that may wait before further ones are refused.
    package init(width: Int, waiting: Int) {
        precondition(width > 0, "at least one task works")
        self.width = width
        self.waiting = waiting
    }

    /// Runs `body` when there is a place.
    ///
    /// - Parameter body: The work.
    /// - Returns: What `body` returns.
    /// - Throws: `HTTPError` 503 `queue_full` when too many wait, `CancellationError` when the task
    ///   is cancelled while it waits, or what `body` throws.
    package func run<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let entry = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                let decided = state.withLock { state -> Entry? in
                    if state.cancelled.remove(id) != nil { return .cancelled }
                    guard state.running >= width else {
                        state.running += 1
                        return .entered
                    }
                    if state.queue.count >= waiting { return .full }
                    state.queue.append((id, waiter))
                    return nil
                }
                if let decided { waiter.resume(returning: decided) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                if let index = state.queue.firstIndex(where: { $0.id == id }) {
                    return state.queue.remove(at: index).waiter
                }
                state.cancelled.insert(id)
                return nil
            }
            waiter?.resume(returning: .cancelled)
        }
        state.withLock { _ = $0.cancelled.remove(id) }
        switch entry {
        case .entered:
            guard Task.isCancelled else { return }
            leave()
            throw CancellationError()
        case .full:
            throw HTTPError(
                503,
                code: "queue_full",
                "\(waiting) requests wait already",
                retryAfter: 1
            )
        case .cancelled:
            throw CancellationError()
        }
    }

    private func leave() {
        let next = state.withLock { state -> Waiter? in
            guard !state.queue.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.queue.removeFirst().waiter
        }
        next?.resume(returning: .entered)
    }
}
