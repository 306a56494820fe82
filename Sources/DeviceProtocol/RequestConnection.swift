package import JSON
package import POSIX

/// The asking end of a connection: frames out, replies matched by `request_id`, any number at once.
///
/// A call ends exactly once: with its reply, with the connection, or with its task's cancellation,
/// after which a late reply is handed to `events`, so that nothing it carries is lost unseen.
package final class RequestConnection: Sendable {
    /// A reply and the descriptors that came with it.
    package struct Reply: Sendable {
        /// The reply's members.
        package let object: JSONObject
        /// What came with it.
        package let descriptors: [FileDescriptorBox]
    }

    private typealias Waiter = CheckedContinuation<Result<Reply, DeviceError>, Never>

    private struct State {
        var lastID = 0
        var waiters: [Int: Waiter] = [:]
        /// Cancelled before they waited; cancellation may win the race.
        var cancelled: Set<Int> = []
        var announcements = BufferAnnouncements()
        /// Why the peer closes, in its own words.
        var farewell: DeviceError?
        var isClosed = false
    }

    private let state: SharedState
    private let connection: FrameConnection

    /// What the connection's handlers and this object share, so that neither owns the other.
    private final class SharedState: Sendable {
        let guarded = Guarded(State())
    }

    /// Starts to receive.
    ///
    /// - Parameters:
    ///   - socket: A connected Unix socket.
    ///   - loop: Where handlers run.
    ///   - arrived: Receives every frame in the order of the stream, before anybody is told of it:
    ///     callers that wait run on in any order.
    ///   - events: Receives frames that answer no waiting call.
    ///   - closed: Called once when the connection has ended, after all calls were failed.
    /// - Throws: `SystemError` when the socket cannot be watched.
    package init(
        socket: FileDescriptorBox,
        loop: EventLoop,
        arrived: @escaping @Sendable (Reply) -> Void = { _ in },
        events: @escaping @Sendable (Reply) -> Void = { _ in },
        closed: @escaping @Sendable (String?) -> Void = { _ in }
    ) throws(SystemError) {
        let state = SharedState()
        self.state = state
        let handlers = FrameConnection.Handlers(
            frame: { object, descriptors in
                let reply = Reply(object: object, descriptors: descriptors)
                arrived(reply)
                let waiter = state.guarded.withLock { state -> Waiter? in
                    if object["event"] == "closed" { state.farewell = DeviceError(reply: object) }
                    return object["request_id"]?.integerValue.flatMap {
                        state.waiters.removeValue(forKey: $0)
                    }
                }
                guard let waiter else { return events(reply) }
                waiter.resume(returning: .success(reply))
            },
            closed: { reason in
                let (waiters, farewell) = state.guarded.withLock { state in
                    state.isClosed = true
                    let waiters = state.waiters.values
                    state.waiters = [:]
                    return (Array(waiters), state.farewell)
                }
                let error = farewell ?? Self.lost(reason)
                for waiter in waiters { waiter.resume(returning: .failure(error)) }
                closed(reason)
            }
        )
        connection = try FrameConnection(socket: socket, loop: loop, handlers: handlers)
    }

    deinit {
        connection.close()
    }

    /// Whether calls can still succeed.
    package var isOpen: Bool { state.guarded.withLock { !$0.isClosed } }

    /// Sends a frame that has no reply.
    ///
    /// - Parameter object: The frame.
    package func send(_ object: JSONObject) {
        connection.send(object)
    }

    /// Ends the connection; waiting calls fail.
    package func close() {
        connection.close()
    }

    /// Sends a request and waits for its reply.
    ///
    /// When the task is cancelled, the peer is told with `{"action":"cancel","target":id}`.
    ///
    /// - Parameters:
    ///   - request: The frame, without `request_id`.
    ///   - buffers: What its tensors name; passed along the first time.
    ///   - meanwhile: What is done once the request is out, while the peer works on it.
    /// - Returns: A reply that is no error.
    /// - Throws: `DeviceError`: the peer's own, `cancelled`, or `unavailable` when the connection ends
    ///   and the peer did not say why.
    package func call(
        _ request: JSONObject,
        buffers: [SharedBuffer] = [],
        meanwhile: () -> Void = {}
    ) async throws(DeviceError) -> Reply {
        let id = state.guarded.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        var request = request
        request["request_id"] = JSONValue(id)
        let frame = request
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                start(id, frame, buffers, waiter)
                meanwhile()
            }
        } onCancel: {
            cancel(id)
        }
        state.guarded.withLock { _ = $0.cancelled.remove(id) }
        let reply = try result.get()
        if let error = DeviceError(reply: reply.object) { throw error }
        return reply
    }

    private func start(_ id: Int, _ frame: JSONObject, _ buffers: [SharedBuffer], _ waiter: Waiter)
    {
        let refusal = state.guarded.withLock { state -> DeviceError? in
            if state.isClosed { return state.farewell ?? Self.lost(nil) }
            if state.cancelled.remove(id) != nil { return Self.cancelled }
            state.waiters[id] = waiter
            var frame = frame
            // Announced and sent under one lock, or another thread's frame could use a buffer
            // before the peer has heard of it.
            let descriptors = state.announcements.announce(buffers, in: &frame)
            connection.send(frame, descriptors: descriptors)
            return nil
        }
        if let refusal { waiter.resume(returning: .failure(refusal)) }
    }

    private func cancel(_ id: Int) {
        let waiter = state.guarded.withLock { state -> Waiter? in
            if let waiter = state.waiters.removeValue(forKey: id) { return waiter }
            state.cancelled.insert(id)
            return nil
        }
        guard let waiter else { return }
        connection.send(["action": "cancel", "target": JSONValue(id)])
        waiter.resume(returning: .failure(Self.cancelled))
    }

    private static let cancelled = DeviceError(.cancelled, "the request was taken back")

    private static func lost(_ reason: String?) -> DeviceError {
        let tail = reason.map { ": \($0)" } ?? ""
        return DeviceError(
            .unavailable,
            "the connection was lost\(tail)",
            retryAfter: .seconds(1)
        )
    }
}
