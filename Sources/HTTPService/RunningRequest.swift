internal import POSIX

/// One request between the suspension of its connection and its outcome.
///
/// The first outcome counts and resumes the connection, exactly once; later ones are dropped.
final class RunningRequest: Sendable {
    typealias Outcome = Result<HTTPResponse, any Error>

    private struct State {
        var task: Task<Void, Never>?
        var outcome: Outcome?
        var isCancelled = false
    }

    private let connection: Connection
    private let state = Guarded(State())

    /// - Parameter connection: A connection that is suspended now.
    init(_ connection: Connection) {
        self.connection = connection
    }

    /// Names the task that works on the request; cancels it when that was asked before.
    func attach(_ task: Task<Void, Never>) {
        let isCancelled = state.withLock { state in
            if state.outcome == nil { state.task = task }
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// Ends the request.
    ///
    /// - Parameter outcome: What the client is to be told.
    /// - Returns: Whether this was the first outcome.
    @discardableResult
    func finish(_ outcome: Outcome) -> Bool {
        let isFirst = state.withLock { state in
            guard state.outcome == nil else { return false }
            state.outcome = outcome
            state.task = nil
            return true
        }
        if isFirst { connection.resume() }
        return isFirst
    }

    /// Cancels the task, if any; the outcome is the task's own unless `finish` comes first.
    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }

    /// The outcome, once the connection goes on.
    var outcome: Outcome? { state.withLock { $0.outcome } }
}
