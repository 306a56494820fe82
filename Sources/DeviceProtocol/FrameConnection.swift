internal import Glibc
package import JSON
package import POSIX

/// One end of a connection that carries frames and the descriptors that belong to them.
///
/// Descriptors are taken by the frames that announce them: `"descriptors": n` in a frame claims the
/// next n that arrived. Frames are delivered on the loop's thread, in order. Sending never waits:
/// what the kernel does not take at once is queued up to `queueLimit` bytes; a peer that lets more
/// pile up is cut off, because a frame must never be dropped from the middle.
///
/// A peer that breaks the protocol is told why by a last frame, `{"event":"closed","error","code"}`.
///
/// Made on another thread than the loop's, it may deliver frames before `init` has returned.
@safe
package final class FrameConnection: Sendable {
    /// What the owner of a connection is told, always on the loop's thread.
    package struct Handlers: Sendable {
        /// A whole frame and its descriptors.
        package var frame: @Sendable (JSONObject, [FileDescriptorBox]) -> Void
        /// The connection ended; called exactly once, nothing follows.
        ///
        /// Nil when the peer just left.
        package var closed: @Sendable (String?) -> Void

        /// Bundles the handlers.
        ///
        /// - Parameters:
        ///   - frame: Receives each frame.
        ///   - closed: Receives the end.
        package init(
            frame: @escaping @Sendable (JSONObject, [FileDescriptorBox]) -> Void,
            closed: @escaping @Sendable (String?) -> Void
        ) {
            self.frame = frame
            self.closed = closed
        }
    }

    private struct Outbound {
        let bytes: [UInt8]
        var offset = 0
        var descriptors: [FileDescriptorBox]
    }

    private struct State {
        var watch: EventLoop.Watch?
        /// Sent from `next` on; what lies before it is cleared away now and then, not each time.
        var queue: [Outbound] = []
        var next = 0
        var queued = 0
        var awaitsRoom = false
        var isClosed = false
    }

    /// Only touched on the loop's thread.
    private struct Inbound {
        var decoder: FrameDecoder
        var descriptors: [FileDescriptorBox] = []
        /// Whether whole frames may have been left for the next turn.
        var hasBacklog = false
    }

    /// Most bytes of one frame's body by default.
    package static let defaultFrameLimit = 4 << 20
    /// Most bytes that wait for a slow peer by default.
    package static let defaultQueueLimit = 16 << 20
    /// Frames that one peer has delivered before others have their turn.
    private static let framesPerTurn = 32

    private let queueLimit: Int
    private let socket: FileDescriptorBox
    private let loop: EventLoop
    private let handlers: Handlers
    private let state = Guarded(State())
    private let inbound: Guarded<Inbound>

    /// Starts to receive.
    ///
    /// - Parameters:
    ///   - socket: A connected Unix socket.
    ///   - loop: Where handlers run.
    ///   - frameLimit: Most bytes of one frame's body.
    ///   - queueLimit: Most bytes that wait for a slow peer before it is cut off.
    ///   - handlers: What to call.
    /// - Throws: `SystemError` when the socket cannot be watched.
    package init(
        socket: FileDescriptorBox,
        loop: EventLoop,
        frameLimit: Int = defaultFrameLimit,
        queueLimit: Int = defaultQueueLimit,
        handlers: Handlers
    ) throws(SystemError) {
        self.queueLimit = queueLimit
        self.socket = socket
        self.loop = loop
        self.handlers = handlers
        inbound = Guarded(Inbound(decoder: FrameDecoder(limit: frameLimit)))
        try socket.setNonblocking(true)
        // Under the lock, so that an end that is noticed at once finds the watch that it must
        // cancel. The handler keeps this object alive until the connection is closed.
        try state.withLock { state throws(SystemError) in
            state.watch = try loop.watch(socket.number, for: .readable) { [self] in handle($0) }
        }
    }

    /// The process at the other end.
    package var peer: Socket.Peer? { try? Socket.peer(of: socket.number) }

    /// The groups of the process at the other end, beside its first one.
    package var peerGroups: [UInt32] { Socket.peerGroups(of: socket.number) }

    /// Bytes that wait because the peer does not read.
    package var queuedBytes: Int { state.withLock { $0.queued } }

    /// Sends a frame; from any thread.
    ///
    /// Ignored once the connection is closed.
    ///
    /// - Parameters:
    ///   - object: The body; must not contain `descriptors`, which is added when there are any.
    ///   - descriptors: What travels with it; at most `Socket.maximumDescriptors`.
    package func send(_ object: JSONObject, descriptors: [FileDescriptorBox] = []) {
        precondition(descriptors.count <= Socket.maximumDescriptors, "too many descriptors")
        var object = object
        if !descriptors.isEmpty { object["descriptors"] = JSONValue(descriptors.count) }
        send(FrameDecoder.encode(object), descriptors)
    }

    /// Sends several frames at once, so that the peer wakes up once; from any thread.
    ///
    /// - Parameter objects: The bodies, in order.
    package func send(_ objects: [JSONObject]) {
        send(FrameDecoder.encode(objects), [])
    }

    private func send(_ bytes: [UInt8], _ descriptors: [FileDescriptorBox]) {
        let overflowed = state.withLock { state -> Bool in
            guard !state.isClosed else { return false }
            state.queue.append(Outbound(bytes: bytes, descriptors: descriptors))
            state.queued += bytes.count
            if state.queue.count == state.next + 1 { flush(&state) }
            return state.queued > queueLimit
        }
        if overflowed { close("the peer does not read its frames") }
    }

    /// Ends the connection; from any thread, idempotent.
    ///
    /// The `closed` handler is called soon after.
    ///
    /// - Parameter reason: What the handler is told.
    package func close(_ reason: String? = nil) {
        let watch = state.withLock { state -> EventLoop.Watch? in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            state.queue.removeAll()
            state.next = 0
            return state.watch.take()
        }
        guard let watch else { return }
        loop.cancel(watch)
        // The peer learns at once, although a copy of the descriptor may live a little longer.
        shutdown(socket.number, CInt(SHUT_RDWR))
        loop.submit { [handlers] in handlers.closed(reason) }
    }

    /// Ends the connection after a last frame that tells the peer why; from any thread.
    ///
    /// - Parameter error: What the peer and the handler are told.
    package func close(telling error: DeviceError) {
        send(error.farewell)
        close(error.message)
    }

    // MARK: On the loop's thread

    /// Delivers at once what has arrived by now; call on the loop's thread.
    ///
    /// For an owner that must know this connection's news before it judges another's. Harmless once
    /// the connection is closed.
    package func receivePending() {
        attempt {
            // Until nothing is left: the news may lie behind more than one chunk.
            repeat { try deliver(atMost: .max) } while try receive()
        }
    }

    private func handle(_ readiness: EventLoop.Readiness) {
        // The event may have been fetched just before another thread closed.
        let isOpen = state.withLock { state in
            if readiness.contains(.writable) { flush(&state) }
            return !state.isClosed
        }
        guard isOpen, readiness.bringsInput else { return }
        // What is left of the last chunk has its turn already.
        guard !inbound.withLock({ $0.hasBacklog }) else { return }
        attempt {
            guard try receive() else { return }
            try deliver(atMost: Self.framesPerTurn)
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch let error as FrameError {
            close(telling: DeviceError(.badRequest, error.description))
        } catch {
            // Anything the socket reports means that the peer is gone.
            close()
        }
    }

    /// Takes in one chunk; returns false when nothing has arrived.
    private func receive() throws -> Bool {
        guard !state.withLock({ $0.isClosed }) else { return false }
        let chunk = unsafe loop.scratch
        // One chunk a turn: what remains is reported again, after everybody else had theirs.
        guard let received = unsafe try Socket.receive(into: chunk, on: socket.number) else {
            return false
        }
        let arrived = received.descriptors.map { FileDescriptorBox(owning: $0) }
        if received.count == 0 {
            close()
            return false
        }
        inbound.withLock { inbound in
            inbound.descriptors += arrived
            unsafe inbound.decoder.append(chunk.prefix(received.count))
        }
        return true
    }

    /// Hands out whole frames; a rest waits for its next turn, so that a flood of small frames keeps
    /// nobody else waiting.
    private func deliver(atMost limit: Int) throws {
        inbound.withLock { $0.hasBacklog = false }
        var count = 0
        while count < limit {
            guard !state.withLock({ $0.isClosed }), let (frame, descriptors) = try nextFrame()
            else { return }
            handlers.frame(frame, descriptors)
            count += 1
        }
        inbound.withLock { $0.hasBacklog = true }
        loop.submit { [self] in
            guard inbound.withLock({ $0.hasBacklog }) else { return }
            attempt { try deliver(atMost: Self.framesPerTurn) }
        }
    }

    private func nextFrame() throws(FrameError) -> (JSONObject, [FileDescriptorBox])? {
        try inbound.withLock { inbound throws(FrameError) in
            guard let frame = try inbound.decoder.next() else {
                // More than one message may carry, without a frame that claims them: an attack.
                guard inbound.descriptors.count <= 4 * Socket.maximumDescriptors else {
                    throw .badBuffers("descriptors arrive that no frame announces")
                }
                return nil
            }
            let count = frame["descriptors"]?.integerValue ?? 0
            guard count >= 0, count <= inbound.descriptors.count else {
                throw .badBuffers("\(count) descriptors announced")
            }
            let claimed = Array(inbound.descriptors.prefix(count))
            inbound.descriptors.removeFirst(count)
            return (frame, claimed)
        }
    }

    private func flush(_ state: inout State) {
        while state.next < state.queue.count {
            var first = state.queue[state.next]
            let sent = unsafe first.bytes.withUnsafeBytes { bytes -> Int? in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[first.offset...])
                // An error means that the peer is gone, which reading reports too.
                return unsafe try? Socket.send(
                    rest,
                    descriptors: first.descriptors.map(\.number),
                    on: socket.number
                )
            }
            guard let sent else { return }
            first.offset += sent
            if sent > 0 { first.descriptors = [] }
            state.queued -= sent
            if first.offset < first.bytes.count {
                state.queue[state.next] = first
                awaitRoom(true, &state)
                return
            }
            // Its bytes are freed at once, its place later.
            state.queue[state.next] = Outbound(bytes: [], descriptors: [])
            state.next += 1
            if state.next > state.queue.count / 2 {
                state.queue.removeFirst(state.next)
                state.next = 0
            }
        }
        awaitRoom(false, &state)
    }

    private func awaitRoom(_ wanted: Bool, _ state: inout State) {
        guard wanted != state.awaitsRoom, let watch = state.watch else { return }
        state.awaitsRoom = wanted
        loop.change(watch, to: wanted ? [.readable, .writable] : .readable)
    }
}
