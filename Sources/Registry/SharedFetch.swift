internal import POSIX

/// The download of one blob that several pulls wait for.
///
/// Goes on as long as one of them does. The last one that gives up ends it, and waits until it has
/// ended, so that whoever begins anew finds the blob's files free.
final class SharedFetch: Sendable {
    private struct State {
        var task: Task<Void, Never>?
        var lastID = 0
        var listeners: [Int: @Sendable (Int) -> Void] = [:]
        var waiters: [Int: CheckedContinuation<Result<Void, RegistryError>, Never>] = [:]
        var latest: Int?
        var result: Result<Void, RegistryError>?
        var isEnding = false
    }

    /// Bytes of the blob.
    let size: Int
    private let state = Guarded(State())

    init(size: Int) {
        self.size = size
    }

    /// Whether somebody may join.
    var isOpen: Bool { state.withLock { $0.result == nil && !$0.isEnding } }

    /// Begins the work; once.
    func start(
        _ body: @escaping @Sendable () async throws -> Void,
        ended: @escaping @Sendable () async -> Void
    ) {
        // Owned by all that wait: it is cancelled by the last of them, and awaited by each.
        let task = Task {
            let result: Result<Void, RegistryError>
            do {
                try await body()
                result = .success(())
            } catch {
                result = .failure(RegistryError(error))
            }
            await ended()
            finish(result)
        }
        state.withLock { $0.task = task }
    }

    /// Adds somebody who waits, and who is told how many bytes are there.
    func add(_ listener: @escaping @Sendable (Int) -> Void) -> Int {
        let (id, latest) = state.withLock { state in
            state.lastID += 1
            state.listeners[state.lastID] = listener
            return (state.lastID, state.latest)
        }
        if let latest { listener(latest) }
        return id
    }

    /// Takes somebody away who has waited.
    func remove(_ id: Int) {
        state.withLock { _ = $0.listeners.removeValue(forKey: id) }
    }

    func tell(_ completed: Int) {
        let listeners = state.withLock { state in
            state.latest = completed
            return Array(state.listeners.values)
        }
        for listener in listeners { listener(completed) }
    }

    /// Waits for the end; when the waiting task is cancelled, no longer than it must.
    func wait(_ id: Int) async throws(RegistryError) {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result = state.withLock { state -> Result<Void, RegistryError>? in
                    if state.result == nil { state.waiters[id] = continuation }
                    return state.result
                }
                if let result { continuation.resume(returning: result) }
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
        try result.get()
    }

    private func giveUp(_ id: Int) {
        let (waiter, task) = state.withLock { state in
            state.listeners[id] = nil
            guard state.waiters[id] != nil, !state.isEnding else {
                return (CheckedContinuation<Result<Void, RegistryError>, Never>?.none, state.task)
            }
            guard state.listeners.isEmpty else {
                return (state.waiters.removeValue(forKey: id), nil)
            }
            state.isEnding = true
            return (nil, state.task)
        }
        waiter?.resume(returning: .failure(.cancelled))
        if state.withLock({ $0.isEnding }) { task?.cancel() }
    }

    private func finish(_ result: Result<Void, RegistryError>) {
        let waiters = state.withLock { state in
            state.result = result
            let waiters = state.waiters
            state.waiters = [:]
            return waiters
        }
        for waiter in waiters.values { waiter.resume(returning: result) }
    }
}
