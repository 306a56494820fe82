import DeviceProtocol
internal import Glibc
import JSON
package import Logging
import POSIX

/// The life of an engine process: a control socket, clients' channels, and one thread that works.
///
/// DESIGN. Two threads. The loop's thread reads every socket, keeps the tables and answers `ping`,
/// `stats` and `describe` at once; the main thread loads and infers, one thing at a time, because
/// one request at a time has the best latency and two only share the rate. Both meet in `shared`,
/// a lock that is held for microseconds and never during work. The main thread answers its client
/// itself, which saves a hop; everything for the device manager is sent by the loop's thread, so
/// the events of a token are in order. The process ends with its control socket: an engine without
/// a device manager has no right to the device.
package final class EngineProcess<Model: EngineModel>: Sendable {
    /// A piece of work of a client.
    struct Call: Sendable {
        let inference: InferenceCall
        let channel: FrameConnection
        let submitted: MonotonicTime
    }

    struct Load: Sendable {
        let request: LoadRequest
        let id: Int
    }

    struct Shared: Sendable {
        var board = WorkBoard<Call>(channelLimit: EngineProcess.channelLimit)
        var load: Load?
        var isLoading = false
        var model: Model?
        var modelName: String?
        var statistics = EngineStatistics()
    }

    /// What belongs to the sockets; only touched on the loop's thread.
    struct Connections: Sendable {
        var control: FrameConnection?
        var channels: [Int: ClientChannel] = [:]
        var isTicking = false
        /// What the manager has not been told yet.
        var idle: [WorkBoard<Call>.Idle] = []
    }

    /// How long the manager may go without hearing that a token has no work left.
    static var reportDelay: Duration { .milliseconds(5) }

    /// Most pieces of work that wait on one channel.
    package static var channelLimit: Int { 64 }
    /// Most bytes of replies that wait for a client that does not read.
    static var replyLimit: Int { 1 << 20 }

    let identity: EngineIdentity
    let log: Logger
    let loop: EventLoop
    let clock: HeldClock
    let shared = Guarded(Shared())
    let connections = Guarded(Connections())
    /// Posted when there may be work for the main thread.
    let wake = Semaphore()
    private let initialMemory: Int

    private init(_ identity: EngineIdentity, log: Logger) throws(SystemError) {
        self.identity = identity
        self.log = log
        clock = try HeldClock()
        loop = try EventLoop(name: "engine-loop")
        initialMemory = try ProcessMemory.resident()
    }

    /// Runs an engine until its control socket closes; call from `main`, before any other thread.
    ///
    /// - Parameters:
    ///   - identity: Which program this is.
    ///   - socket: The control socket's number.
    ///   - log: Where trouble is told.
    package static func run(_ identity: EngineIdentity, socket: Int32 = 3, log: Logger) -> Never {
        ProcessMemory.returnWhatIsFree()
        do {
            let process = try EngineProcess(identity, log: log)
            let control = FileDescriptorBox(owning: socket)
            process.loop.submit { process.open(control) }
            process.work()
        } catch {
            log.error("the engine cannot start", [("reason", error.description)])
            exit(1)
        }
    }

    /// Bytes by which the process has grown since it started.
    var footprint: Int {
        // Without `/proc` there is no figure, and 0 shows that.
        max(0, ((try? ProcessMemory.resident()) ?? initialMemory) - initialMemory)
    }

    private func open(_ socket: FileDescriptorBox) {
        do {
            let handlers = FrameConnection.Handlers(
                frame: { [self] in receiveControl($0, $1) },
                closed: { [log] in Self.leave($0, log) }
            )
            let control = try FrameConnection(socket: socket, loop: loop, handlers: handlers)
            connections.withLock { $0.control = control }
            control.send(
                JSONObject([
                    ("event", "hello"),
                    ("engine", .string(identity.name)),
                    ("version", .string(identity.version)),
                    ("simulated", .bool(identity.isSimulated)),
                ])
            )
        } catch {
            Self.leave(error.description, log)
        }
    }

    private static func leave(_ reason: String?, _ log: Logger) -> Never {
        guard let reason else { _exit(0) }
        log.error("the control connection broke", [("reason", reason)])
        // Without the libraries' own endings, which would wait for the work that still runs.
        _exit(1)
    }

    // MARK: To the device manager; on the loop's thread

    /// Tells how far the running work is.
    func report(progress: WorkBoard<Call>.Progress) {
        reportIdle()
        let control = connections.withLock { $0.control }
        control?.send([
            "event": "progress", "token": .string(progress.token),
            "held_us": JSONValue(progress.held / 1000), "call_us": JSONValue(progress.call / 1000),
        ])
    }

    /// Tells soon that no work is left under a token.
    ///
    /// Nobody waits for it: it only tells how long the device was held, and a message wakes a thread
    /// of the manager, often while that is busy with the next grant.
    func report(idle: WorkBoard<Call>.Idle) {
        let isFirst = connections.withLock { connections in
            connections.idle.append(idle)
            return connections.idle.count == 1
        }
        guard isFirst else { return }
        _ = loop.schedule(at: .now + Self.reportDelay) { [self] in reportIdle() }
    }

    private func reportIdle() {
        let (control, idle) = connections.withLock { connections in
            defer { connections.idle = [] }
            return (connections.control, connections.idle)
        }
        guard !idle.isEmpty else { return }
        control?.send(
            idle.map { idle in
                [
                    "event": "idle", "token": .string(idle.token),
                    "held_us": JSONValue(idle.held / 1000),
                ]
            }
        )
    }

    // MARK: Held time; on the loop's thread

    /// Looks at the clock from now on until no work is left.
    func startTicking() {
        let isTicking = connections.withLock { connections in
            let isTicking = connections.isTicking
            connections.isTicking = true
            return isTicking
        }
        if !isTicking { scheduleTick() }
    }

    private func scheduleTick() {
        _ = loop.schedule(at: .now + RunningClock.tick) { [self] in
            let (progress, isBusy) = shared.withLock { shared in
                (shared.board.progress(at: clock.now), shared.board.isBusy)
            }
            if let progress { report(progress: progress) }
            if isBusy { return scheduleTick() }
            connections.withLock { $0.isTicking = false }
        }
    }
}
