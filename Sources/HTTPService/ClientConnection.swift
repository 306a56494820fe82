internal import CMicrohttpd
internal import Glibc
internal import POSIX
internal import Synchronization

/// One connection, from its acceptance to its end: who is there, what goes on, and since when.
///
/// The library's thread makes it and changes its phase; the watching loop reads the phase, learns
/// that the client has left, and ends what takes too long.
final class ClientConnection: Sendable {
    /// What goes on; an immediate answer is not worth a phase.
    enum Phase: UInt8, AtomicRepresentable {
        /// No request, or a head that is not complete.
        case idle
        /// A body is arriving that is kept until it is complete.
        case receiving
        /// A body is arriving that a handler reads meanwhile.
        case uploading
        /// A handler works, or an answer is on its way.
        case working
    }

    private struct State {
        var watch: EventLoop.Watch?
        /// The request whose handler works.
        var running: RunningRequest?
        /// When the client closed its end; it will send nothing more.
        var left: MonotonicTime?
        /// Whether the descriptor may be another's by now.
        var isClosed = false
    }

    let id: UInt64
    /// The client's numeric address; "uid:1000" on a Unix socket.
    let peer: String
    /// Whether there are more connections than wanted, so that this one is only told so.
    let isSurplus: Bool
    private let descriptor: CInt
    private let isEncrypted: Bool
    private let dispatcher: Dispatcher
    private let state = Guarded(State())
    private let phaseValue = Atomic(Phase.idle)
    private let enteredValue: Atomic<Int64>
    private let sinceValue: Atomic<Int64>
    private let hadRequestValue = Atomic(false)
    /// The status with which a request was ended before its handler could; 0 for none.
    private let statusValue = Atomic(0)

    init(
        _ connection: Connection,
        id: UInt64,
        isSurplus: Bool,
        isEncrypted: Bool,
        dispatcher: Dispatcher
    ) {
        self.id = id
        self.isSurplus = isSurplus
        self.isEncrypted = isEncrypted
        self.dispatcher = dispatcher
        descriptor = unsafe shim_mhd_descriptor(connection.handle)
        peer = Self.peer(of: connection, descriptor)
        let now = MonotonicTime.now.nanoseconds
        enteredValue = Atomic(now)
        sinceValue = Atomic(now)
    }

    /// The object of a library connection, or nil when it was refused at its start.
    static func of(_ connection: Connection) -> ClientConnection? {
        guard let context = unsafe shim_mhd_socket_context(connection.handle) else { return nil }
        return unsafe Unmanaged<ClientConnection>.fromOpaque(context).takeUnretainedValue()
    }

    private static func peer(of connection: Connection, _ descriptor: CInt) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        unsafe shim_mhd_peer(connection.handle, &buffer, socklen_t(buffer.count))
        if buffer[0] == 0 {
            return (try? Socket.peer(of: descriptor)).map { "uid:\($0.uid)" } ?? ""
        }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
    }

    // MARK: The library's thread

    /// Notes what goes on from now on.
    func enter(_ phase: Phase, at moment: MonotonicTime) {
        enteredValue.store(moment.nanoseconds, ordering: .relaxed)
        sinceValue.store(moment.nanoseconds, ordering: .relaxed)
        phaseValue.store(phase, ordering: .relaxed)
    }

    /// Notes that bytes of a body came, or that a request is over.
    func touch(at moment: MonotonicTime) {
        sinceValue.store(moment.nanoseconds, ordering: .relaxed)
        hadRequestValue.store(true, ordering: .relaxed)
    }

    /// Whether a body is arriving.
    var isReceiving: Bool {
        switch phaseValue.load(ordering: .relaxed) {
        case .receiving, .uploading: true
        case .idle, .working: false
        }
    }

    /// Notes with which status the request ends before its handler can answer.
    func note(status: Int) {
        statusValue.store(status, ordering: .relaxed)
    }

    /// The status that was noted, once.
    func takeStatus() -> Int? {
        let status = statusValue.exchange(0, ordering: .relaxed)
        return status == 0 ? nil : status
    }

    /// Notes the request that is to be cancelled when the client leaves.
    ///
    /// - Returns: False when the client has left already.
    func begin(_ request: RunningRequest) -> Bool {
        state.withLock { state in
            guard state.left == nil else { return false }
            state.running = request
            return true
        }
    }

    /// Notes that the request is over; its connection goes on.
    func finish(at moment: MonotonicTime) {
        state.withLock { $0.running = nil }
        enter(.idle, at: moment)
        hadRequestValue.store(true, ordering: .relaxed)
    }

    /// Answers a request that the library refuses by itself; nothing can be sent after it.
    ///
    /// What is encrypted cannot be sent past the library: its page must do.
    func answerForLibrary(_ error: HTTPError) {
        let bytes = dispatcher.answerForLibrary(error, self)
        guard !isEncrypted else { return }
        send(bytes)
        shutdown(descriptor, CInt(SHUT_WR))
    }

    // MARK: The watch

    /// Watches for the client's leaving.
    func watch(on loop: EventLoop) {
        state.withLock { state in
            // Without a watch the client's leaving is noticed when the answer is written.
            state.watch = try? loop.watch(descriptor, for: [.onChange, .hangUp]) { [self] change in
                if !change.isDisjoint(with: .hangUp) { clientLeft() }
            }
        }
    }

    /// Ends the watch; the descriptor is closed next.
    func close(on loop: EventLoop) {
        let watch = state.withLock { state in
            state.isClosed = true
            return state.watch.take()
        }
        if let watch { loop.cancel(watch) }
    }

    private func clientLeft() {
        let running = state.withLock { state in
            state.left = state.left ?? .now
            return state.running
        }
        running?.cancel(ClientGone())
    }

    // MARK: Patience

    /// When its request last changed: began, went on, or was over.
    var lastChange: MonotonicTime {
        MonotonicTime(nanoseconds: sinceValue.load(ordering: .relaxed))
    }

    /// What goes on, as the rules of patience need it.
    func standing(at now: MonotonicTime) -> Patience.Standing {
        let since = lastChange
        let phase = phaseValue.load(ordering: .relaxed)
        if phase != .working, let left = state.withLock({ $0.left }) { return .left(now - left) }
        switch phase {
        case .working: return .working
        case .uploading: return .uploading(silence: now - since)
        case .receiving:
            let entered = MonotonicTime(nanoseconds: enteredValue.load(ordering: .relaxed))
            return .receiving(silence: now - since, total: now - entered)
        case .idle:
            let progress = state.withLock { state in
                state.isClosed ? nil : TCPListener.progress(of: descriptor)
            }
            // Without figures of the kernel's nobody can tell a slow head from silence.
            guard let progress else { return .idle(now - since) }
            let hadRequest = hadRequestValue.load(ordering: .relaxed)
            let hasBytes =
                hadRequest ? progress.silence < now - since - Self.slack : progress.received > 0
            return hasBytes ? .receivingHead : .idle(now - since)
        }
    }

    /// The last bytes of a request arrive this long before it is over, at the least.
    private static let slack = Duration.milliseconds(20)

    /// Ends the connection, from any thread.
    ///
    /// - Parameter answer: Status and bytes of an answer; sent before, as it is, when the kernel has
    ///   room and nothing is encrypted; only while no other answer can be on its way.
    func cut(answer: (status: Int, bytes: [UInt8])?) {
        if let answer { note(status: answer.status) }
        state.withLock { state in
            guard !state.isClosed else { return }
            if let answer, !isEncrypted { send(answer.bytes) }
            // The library reads the end of the stream, and closes.
            shutdown(descriptor, CInt(SHUT_RDWR))
        }
    }
}

extension ClientConnection {
    /// Sends bytes as they are; nothing helps a client that does not take a few hundred of them.
    private func send(_ bytes: [UInt8]) {
        let flags = CInt(MSG_NOSIGNAL | MSG_DONTWAIT)
        _ = unsafe Glibc.send(descriptor, bytes, bytes.count, flags)
    }
}

/// The client has closed its end: nobody waits for the answer.
struct ClientGone: Error {}
