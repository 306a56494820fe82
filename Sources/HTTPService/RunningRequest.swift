internal import POSIX

/// One request that a task works on, from its start to the last byte of its answer.
///
/// DESIGN. Three parties meet here: the library's thread, which reads the body, asks for the answer's
/// bytes and must never wait; the task, which may wait; and whoever ends the request early (the
/// client, a drain, a time limit). The library's thread suspends the connection when it has nothing
/// to do; one of the others resumes it.
///
/// Invariants:
/// 1. The connection is suspended by the library's thread alone, under the lock, and `isSuspended`
///    says so until somebody takes it upon himself to resume; so it is never suspended twice, which
///    wedges the library's thread, and never resumed twice.
/// 2. The first outcome counts; later ones are dropped.
/// 3. A body that nobody reads and an answer that nobody takes are bounded: beyond so many bytes
///    the library stops reading, or the task waits.
/// 4. Once the connection is gone nobody touches it, and everybody who waits is told.
final class RunningRequest: Sendable {
    typealias Outcome = Result<HTTPResponse, any Error>

    /// What became of bytes of the body.
    enum Intake {
        /// They are the task's now, or nobody's because the answer is decided.
        case taken
        /// There is no room; the connection is suspended and the bytes are to be offered again.
        case full
    }

    /// What a reader of the body finds.
    private enum Next {
        case piece([UInt8])
        case end
        case wait
        case over
    }

    private struct State {
        var task: Task<Void, Never>?
        var isCancelled = false
        var isSuspended = false
        var isGone = false
        var outcome: Outcome?
        /// An answer whose head goes out with its first byte.
        var late: HTTPResponse?
        var body = ByteQueue()
        var reader: CheckedContinuation<Void, Never>?
        var answer = ByteQueue()
        var writer: CheckedContinuation<Void, Never>?
        var notes: [(name: String, value: String)] = []
        var sent = 0
        /// Bytes of the answer that may wait for the client.
        var answerLimit = HTTPResponse.usualUnreadLimit

        /// Whether the caller must resume the connection, which from now on counts as resumed.
        mutating func takeResume() -> Bool {
            guard isSuspended, !isGone else { return false }
            isSuspended = false
            return true
        }
    }

    /// Bytes of a body that may wait for the task.
    private static let bodyLimit = 128 << 10

    private let connection: Connection
    private let state = Guarded(State())

    /// Creates a request whose connection goes on until it is suspended.
    ///
    /// - Parameters:
    ///   - connection: The connection.
    ///   - bodyFollows: Whether the task reads the body while it arrives.
    init(_ connection: Connection, bodyFollows: Bool) {
        self.connection = connection
        if !bodyFollows { state.withLock { $0.body.isFinished = true } }
    }

    // MARK: The library's thread

    /// Suspends the connection until there is an outcome; harmless when it is suspended already.
    ///
    /// - Returns: The outcome when there is one, and then nothing is suspended.
    func awaitOutcome() -> Outcome? {
        state.withLock { state in
            if state.outcome == nil { suspend(&state) }
            return state.outcome
        }
    }

    /// Takes bytes of a body that the task reads while it arrives.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Intake {
        let (intake, reader) = state.withLock {
            state -> (Intake, CheckedContinuation<Void, Never>?) in
            if state.isSuspended { return (.full, nil) }
            // The rest of what nobody wants is read and dropped; `BodyIntake` bounds it.
            if state.outcome != nil || state.isCancelled { return (.taken, nil) }
            guard state.body.count < Self.bodyLimit else {
                suspend(&state)
                return (.full, nil)
            }
            unsafe state.body.append(bytes)
            return (.taken, state.reader.take())
        }
        reader?.resume()
        return intake
    }

    /// Notes that the body is complete.
    func endBody() {
        let reader = state.withLock { state in
            state.body.isFinished = true
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Supplies bytes of a streamed answer.
    ///
    /// - Returns: How many were copied; nil at the end. 0 means that the connection is suspended.
    /// - Throws: `AnswerStream.Failed` when the answer cannot be completed.
    func supply(_ room: UnsafeMutableRawBufferPointer) throws(AnswerStream.Failed) -> Int? {
        let (result, writer) = state.withLock {
            state -> (
                Result<Int?, AnswerStream.Failed>, CheckedContinuation<Void, Never>?
            ) in
            let count = unsafe state.answer.take(into: room)
            if count > 0 {
                state.sent += count
                let hasRoom = state.answer.count < state.answerLimit / 2
                return (.success(count), hasRoom ? state.writer.take() : nil)
            }
            if state.answer.hasFailed || state.isCancelled { return (.failure(.init()), nil) }
            if state.answer.isFinished { return (.success(nil), nil) }
            suspend(&state)
            return (.success(0), nil)
        }
        writer?.resume()
        return try result.get()
    }

    /// Ends everything: the library has let go of the request.
    func end() {
        stop { $0.isGone = true }
    }

    private func suspend(_ state: inout State) {
        guard !state.isSuspended else { return }
        state.isSuspended = true
        connection.suspend()
    }

    // MARK: Any thread

    /// Names the task that works on the request; cancels it when that was asked before.
    func attach(_ task: Task<Void, Never>) {
        let isCancelled = state.withLock { state in
            if !state.isGone { state.task = task }
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// Decides the answer.
    ///
    /// - Parameter outcome: What the client is to be told.
    /// - Returns: Whether this was the first outcome.
    @discardableResult
    func finish(_ outcome: Outcome) -> Bool {
        let (isFirst, mustResume) = state.withLock { state in
            guard state.outcome == nil else { return (false, false) }
            state.outcome = outcome
            return (true, state.takeResume())
        }
        if mustResume { connection.resume() }
        return isFirst
    }

    /// Decides the answer when its first byte is written.
    func hold(_ response: HTTPResponse) {
        state.withLock { $0.late = response }
    }

    /// Takes back an answer of which nothing was written; nil when its head is on the way.
    func takeHeld() -> HTTPResponse? { state.withLock { $0.late.take() } }

    /// Changes the head of an answer that waits for its first byte.
    ///
    /// - Returns: Whether it still waits.
    func changeHeld(_ change: (inout HTTPResponse) -> Void) -> Bool {
        state.withLock { state in
            guard var late = state.late else { return false }
            change(&late)
            state.late = late
            return true
        }
    }

    /// Cancels the task and lets go of the connection; an answer that was not decided is `error`.
    func cancel(_ error: any Error) {
        stop { state in
            if state.outcome == nil { state.outcome = .failure(error) }
        }
    }

    private func stop(_ change: (inout State) -> Void) {
        let (task, waiters, mustResume) = state.withLock { state in
            change(&state)
            state.isCancelled = true
            let waiters = [state.reader.take(), state.writer.take()]
            return (state.task.take(), waiters, state.takeResume())
        }
        task?.cancel()
        for waiter in waiters { waiter?.resume() }
        if mustResume { connection.resume() }
    }

    /// What the task noted for the log.
    var notes: [(name: String, value: String)] { state.withLock { $0.notes } }

    /// Bytes of a streamed answer that the library has taken.
    var sent: Int { state.withLock { $0.sent } }

    // MARK: The task

    /// Sets how many bytes of the answer may wait for the client before `write` does.
    func allowUnread(_ bytes: Int) {
        state.withLock { $0.answerLimit = bytes }
    }

    /// Adds a field to the request's log line.
    func note(_ name: String, _ value: String) {
        state.withLock { $0.notes.append((name, value)) }
    }

    /// The next bytes of the body, or nil after the last.
    ///
    /// - Throws: `CancellationError` when the request is over.
    func nextPiece() async throws(CancellationError) -> [UInt8]? {
        while true {
            let (next, mustResume) = state.withLock { state -> (Next, Bool) in
                if state.isCancelled { return (.over, false) }
                guard let piece = state.body.takeAll() else {
                    return (state.body.isFinished ? .end : .wait, false)
                }
                // Room has come up. A connection that is past its body waits for the outcome.
                return (.piece(piece), !state.body.isFinished && state.takeResume())
            }
            if mustResume { connection.resume() }
            switch next {
            case .over: throw CancellationError()
            case .piece(let piece): return piece
            case .end: return nil
            case .wait:
                await wait(\.reader) { state in
                    !state.isCancelled && state.body.count == 0 && !state.body.isFinished
                }
            }
        }
    }

    /// Sends bytes of a streamed answer; waits while the client is slow.
    ///
    /// - Throws: `CancellationError` when the client is gone.
    func write(_ bytes: [UInt8]) async throws(CancellationError) {
        guard !bytes.isEmpty else { return }
        let (isOver, mustResume, isFull) = state.withLock { state in
            if state.isCancelled { return (true, false, false) }
            if let late = state.late.take(), state.outcome == nil { state.outcome = .success(late) }
            state.answer.append(bytes)
            return (false, state.takeResume(), state.answer.count >= state.answerLimit)
        }
        if mustResume { connection.resume(atOnce: true) }
        if isOver { throw CancellationError() }
        guard isFull else { return }
        await wait(\.writer) { !$0.isCancelled && $0.answer.count >= $0.answerLimit }
        if state.withLock({ $0.isCancelled }) { throw CancellationError() }
    }

    /// Ends a streamed answer.
    ///
    /// - Parameter isComplete: Whether all was sent; otherwise the connection is cut, which is how
    ///   the client learns of it.
    func endAnswer(isComplete: Bool) {
        let mustResume = state.withLock { state in
            state.answer.isFinished = true
            if !isComplete { state.answer.hasFailed = true }
            return state.takeResume()
        }
        if mustResume { connection.resume() }
    }

    /// Waits until somebody resumes the waiter; at most one task waits in each place.
    private func wait(
        _ place: WritableKeyPath<State, CheckedContinuation<Void, Never>?>,
        while condition: @escaping (State) -> Bool
    ) async {
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                guard condition(state) else { return false }
                state[keyPath: place] = continuation
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }
}
