internal import DeviceProtocol
internal import Glibc
internal import JSON
internal import MediaProtocol
internal import POSIX
internal import Sandboxing
internal import Synchronization

/// One helper process and the requests that it has yet to answer.
///
/// A request that fails because the process ends is failed only once the process is really gone, so
/// that nobody writes into its buffers any more.
final class MediaHelper: Sendable {
    /// What the owner is told, on the loop's thread.
    struct Handlers: Sendable {
        /// The launcher has told how the process is protected.
        var sandboxed: @Sendable (SandboxReport) -> Void
        /// A reply came.
        var answered: @Sendable () -> Void
        /// The process ended, by itself (`isFault`) or on purpose.
        ///
        /// Called exactly once.
        var ended: @Sendable (_ status: ExitStatus, _ isFault: Bool) -> Void
    }

    typealias Queue = RequestQueue<Request>

    /// A request and who waits for its reply.
    struct Request: Sendable {
        let id: Int
        let frame: JSONObject
        let buffers: [SharedBuffer]
        let limit: Duration
        let continuation: CheckedContinuation<JSONObject, any Error>
    }

    private struct State {
        var queue = Queue()
        var announcements = BufferAnnouncements()
        var connection: FrameConnection?
        var process: ChildProcess?
        var timer: EventLoop.Timer?
        var isWanted = true
    }

    /// How long a cancelled request may go on before its helper is ended; ending it would cost the
    /// other images in it a repetition.
    private static let cancellationGrace = Duration.milliseconds(250)

    /// Its number in the pool.
    let id: Int
    private let loop: EventLoop
    private let handlers: Handlers
    private let state = Guarded(State())
    private let nextRequest = Atomic<Int>(1)

    /// Starts the process; call on the loop's thread.
    ///
    /// - Throws: `SystemError` when it cannot be started.
    init(
        id: Int,
        configuration: MediaConfiguration,
        loop: EventLoop,
        spawner: Spawner,
        handlers: Handlers
    ) throws(SystemError) {
        self.id = id
        self.loop = loop
        self.handlers = handlers
        let (ours, theirs) = try Socket.pair()
        let connection = try FrameConnection(
            socket: ours,
            loop: loop,
            handlers: .init(
                frame: { [self] reply, _ in receive(reply) },
                // Whoever closes its connection without ending is beyond hope.
                closed: { [self] _ in state.withLock { $0.process }?.kill() }
            )
        )
        do {
            let confined = try ConfinedProcess(
                configuration.options(parent: getpid()),
                launcher: configuration.launcher,
                environment: configuration.environment,
                descriptors: [(MediaLimits.connection, theirs)],
                spawner: spawner,
                loop: loop,
                onReport: handlers.sandboxed,
                onExit: { [self] status in end(status) }
            )
            state.withLock { state in
                state.process = confined.process
                state.connection = connection
            }
        } catch {
            connection.close()
            throw error
        }
    }

    /// The number of the process, or nil when it has ended.
    var pid: Int32? { state.withLock { $0.process?.pid } }

    /// Ends the process; what it still works on is lost.
    func end() {
        let connection = state.withLock { state in
            state.isWanted = false
            return state.connection.take()
        }
        connection?.close()
    }

    /// Sends a request that needs no reply.
    func tell(_ frame: JSONObject) {
        state.withLock { $0.connection }?.send(frame)
    }

    /// Sends a request and waits for its reply.
    ///
    /// - Throws: `MediaError` from the helper, or `Queue.Loss`.
    func request(
        _ frame: JSONObject,
        buffers: [SharedBuffer],
        limit: Duration
    ) async throws -> JSONObject {
        let id = nextRequest.wrappingAdd(1, ordering: .relaxed).oldValue
        defer { state.withLock { $0.queue.settle(id) } }
        let reply = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let request = Request(
                    id: id,
                    frame: frame,
                    buffers: buffers,
                    limit: limit,
                    continuation: continuation
                )
                let loss = state.withLock { $0.queue.add(id, request) }
                if let loss { return continuation.resume(throwing: loss) }
                sendNext()
            }
        } onCancel: {
            cancel(id)
        }
        if let error = MediaError(reply: reply) { throw error }
        return reply
    }

    private func sendNext() {
        state.withLock { state in
            guard let request = state.queue.next() else { return }
            var frame = request.frame
            frame["request_id"] = JSONValue(request.id)
            let descriptors = state.announcements.announce(request.buffers, in: &frame)
            // Under the lock, so that announcements travel in the order in which they were made.
            state.connection?.send(frame, descriptors: descriptors)
            arm(&state, request.id, request.limit, .tookTooLong)
        }
    }

    private func arm(_ state: inout State, _ id: Int, _ limit: Duration, _ verdict: Queue.Loss) {
        if let timer = state.timer.take() { loop.cancel(timer) }
        state.timer = loop.schedule(at: .now + limit) { [self] in condemn(id, verdict) }
    }

    private func condemn(_ id: Int, _ verdict: Queue.Loss) {
        let process = self.state.withLock { state -> ChildProcess? in
            guard state.queue.condemn(id, verdict) else { return nil }
            state.isWanted = false
            return state.process
        }
        process?.kill()
    }

    private func cancel(_ id: Int) {
        let waiting = state.withLock { state -> Request? in
            switch state.queue.cancel(id) {
            case .waiting(let request): return request
            case .inFlight: arm(&state, id, Self.cancellationGrace, .cancelled)
            case .unknown: break
            }
            return nil
        }
        waiting?.continuation.resume(throwing: Queue.Loss.cancelled)
    }

    // MARK: On the loop's thread

    private func receive(_ reply: JSONObject) {
        guard let id = reply["request_id"]?.integerValue else { return }
        let answered = state.withLock { state in
            let answered = state.queue.answer(id)
            if answered != nil, let timer = state.timer.take() { loop.cancel(timer) }
            return answered
        }
        guard let answered else { return }
        if let verdict = answered.verdict {
            answered.waiter.continuation.resume(throwing: verdict)
        } else {
            answered.waiter.continuation.resume(returning: reply)
        }
        sendNext()
        handlers.answered()
    }

    private func end(_ status: ExitStatus) {
        let (losses, isFault, connection) = state.withLock { state in
            if let timer = state.timer.take() { loop.cancel(timer) }
            // The number may become another process's from here on.
            state.process = nil
            return (state.queue.end(), state.isWanted, state.connection.take())
        }
        connection?.close()
        // The owner first: a caller that tries again at once must not get this helper.
        handlers.ended(status, isFault)
        for (request, loss) in losses { request.continuation.resume(throwing: loss) }
    }
}
