internal import DeviceProtocol
internal import POSIX

/// Asks an HTTP server whether its model is loaded, again and again, or whether it lives, once.
///
/// Never blocks; pauses are a twentieth of the time that it has taken so far, half a second at most, so
/// that no load is noticed much later than it is over. For a model it goes on until it knows or is
/// cancelled: how long loading may take is the scheduler's business. Used only on the loop's thread.
final class HealthProbe: Sendable {
    enum Verdict: Sendable {
        case ready
        /// The server will never be ready.
        case refused(String)
    }

    enum Question {
        /// Anything but "loading" is an answer.
        case isLoaded
        /// Any answer is `ready`, none in time is `refused`.
        case lives
    }

    private struct State {
        var socket: FileDescriptorBox?
        var watch: EventLoop.Watch?
        /// The next attempt, or the end of patience with this one.
        var timer: EventLoop.Timer?
        var answer: [UInt8] = []
        var isOver = false
    }

    /// How long a server may take to answer before it is asked anew.
    private static let patience = Duration.seconds(5)
    private static let request = Array(
        "GET /health HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n".utf8
    )

    private static let pauses = (
        shortest: Duration.milliseconds(5), longest: Duration.milliseconds(500)
    )

    private let path: String
    private let loop: EventLoop
    private let began = MonotonicTime.now
    private let question: Question
    private let tell: @Sendable (Verdict) -> Void
    private let state = Guarded(State())

    /// - Parameters:
    ///   - path: Where the server will listen.
    ///   - question: What is asked.
    ///   - loop: Where everything happens.
    ///   - tell: Called once at most, never after `cancel`.
    init(
        of path: String,
        _ question: Question,
        loop: EventLoop,
        tell: @escaping @Sendable (Verdict) -> Void
    ) {
        self.path = path
        self.question = question
        self.loop = loop
        self.tell = tell
    }

    func start() {
        ask()
    }

    func cancel() {
        state.withLock { $0.isOver = true }
        settle()
    }

    private func ask() {
        settle()
        guard !state.withLock({ $0.isOver }) else { return }
        do {
            try connect()
        } catch {
            // Nobody listens yet.
            askLater()
        }
    }

    private func connect() throws(SystemError) {
        let socket = FileDescriptorBox(try Socket.connect(to: path, waits: false))
        try Socket.sendAll(Self.request, on: socket.number)
        let watch = try loop.watch(socket.number, for: .readable) { [self] _ in read(from: socket) }
        let timer = loop.schedule(at: .now + Self.patience) { [self] in askLater() }
        state.withLock { state in
            state.socket = socket
            state.watch = watch
            state.timer = timer
        }
    }

    private func read(from socket: FileDescriptorBox) {
        guard let bytes = try? Socket.receive(atMost: 1024, on: socket.number), !bytes.isEmpty
        else { return askLater() }
        let answer = state.withLock { state in
            state.answer += bytes
            return HealthAnswer(state.answer)
        }
        switch answer {
        case .incomplete: return
        case .loading where question == .lives, .wrong where question == .lives: finish(.ready)
        case .loading: askLater()
        case .ready: finish(.ready)
        case .wrong(let reason): finish(.refused(reason))
        }
    }

    private func askLater() {
        settle()
        guard question == .isLoaded else { return finish(.refused("it did not answer")) }
        let pause = min(max((.now - began) / 20, Self.pauses.shortest), Self.pauses.longest)
        let timer = loop.schedule(at: .now + pause) { [self] in
            ask()
        }
        state.withLock { $0.timer = timer }
    }

    private func finish(_ verdict: Verdict) {
        cancel()
        tell(verdict)
    }

    /// Ends the present attempt.
    private func settle() {
        let (watch, timer) = state.withLock { state in
            state.socket = nil
            state.answer = []
            return (state.watch.take(), state.timer.take())
        }
        if let watch { loop.cancel(watch) }
        if let timer { loop.cancel(timer) }
    }
}
