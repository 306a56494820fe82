internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX
internal import Sandboxing

/// One engine process and its control connection.
///
/// Used only on the manager's loop.
///
/// Life: started → hello → load is sent → ready, or its process ends at any time. It reports each
/// step once, through `events`; the end of the process is always the last.
final class EngineProcess: Sendable {
    enum Event: Sendable {
        /// The launcher has told how the engine is protected.
        case sandboxed(SandboxReport)
        /// The model is loaded.
        case ready
        /// The engine says it cannot load the model; it is ended next.
        case refused(String)
        /// A token's work is over; device time used under it.
        case idle(token: String, held: Duration)
        /// The process is gone and reaped.
        case exited(ExitStatus)
    }

    let model: Model
    let generation: Generation
    private let limits: EngineLimits
    private let confined: ConfinedProcess
    private let control: FrameConnection

    /// Starts the engine of a model.
    ///
    /// - Throws: `SystemError` when it cannot be started.
    init(
        model: Model,
        limits: EngineLimits,
        isStrict: Bool,
        generation: Generation,
        programs: EnginePrograms,
        spawner: Spawner,
        loop: EventLoop,
        logger: Logger,
        events: @escaping @Sendable (Event) -> Void
    ) throws(SystemError) {
        guard let program = programs.engines[model.engine] else {
            throw SystemError(code: 2, operation: "find the engine '\(model.engine)'")
        }
        self.model = model
        self.limits = limits
        self.generation = generation
        for folder in limits.writable { try Files.makeFolder(folder, mode: 0o750) }
        let (ours, theirs) = try Socket.pair()
        confined = try ConfinedProcess(
            LaunchOptions(program, model: model, limits: limits, isStrict: isStrict),
            launcher: programs.launcher,
            descriptors: [(number: 3, box: theirs)],
            spawner: spawner,
            loop: loop,
            onReport: { events(.sandboxed($0)) },
            onExit: { events(.exited($0)) }
        )
        let load = Self.loadRequest(model)
        let sender = Sender()
        let connection = try Self.connect(ours, loop) { frame in
            Self.handle(frame, load: load, sender: sender, logger: logger, events: events)
        }
        control = connection
        sender.connection.withLock { $0 = connection }
    }

    var process: ChildProcess { confined.process }

    /// How it is protected; nil until the launcher has told.
    var sandbox: SandboxReport? { confined.report }

    /// Why it ended, as people read it.
    func reason(for status: ExitStatus) -> String {
        sandbox?.failure ?? limits.reason(for: status)
    }

    /// Gives the engine its end of a client's channel.
    func attach(channel: Int, socket: FileDescriptorBox) {
        control.send(["action": "attach", "channel": JSONValue(channel)], descriptors: [socket])
    }

    /// A client's channel and the token of one of its grants.
    struct Pass: Sendable {
        let channel: Int
        let token: String
    }

    /// Lets work with a token run on a channel, after others were taken back.
    func admit(_ pass: Pass, as ticketClass: TicketClass, revoking ended: [Pass]) {
        control.send(ended.map(Self.revocation) + [Self.admission(pass, ticketClass)])
    }

    /// Takes tokens back; work under them ends as soon as the engine can.
    func revoke(_ passes: [Pass]) {
        control.send(passes.map(Self.revocation))
    }

    private static func admission(_ pass: Pass, _ ticketClass: TicketClass) -> JSONObject {
        [
            "action": "admit", "channel": JSONValue(pass.channel), "token": .string(pass.token),
            "class": .string(ticketClass.rawValue),
        ]
    }

    private static func revocation(_ pass: Pass) -> JSONObject {
        ["action": "revoke", "channel": JSONValue(pass.channel), "token": .string(pass.token)]
    }

    /// Bytes that the process takes now: anonymous and file-backed pages that are resident.
    ///
    /// Shared memory is left out: the buffers belong to clients.
    func measuredBytes() -> Int? {
        bytes(of: ["RssAnon:", "RssFile:"])
    }

    /// A refusal's reason, with the memory limit when that is likely to be behind it.
    ///
    /// Libraries rarely say that memory was refused to them: "Resource temporarily unavailable".
    func explain(_ reason: String) -> String {
        guard let limit = limits.memory, let used = bytes(of: ["VmData:"]), used > limit / 2 else {
            return reason
        }
        return reason + " (it had \(used) of at most \(limit) bytes of private memory)"
    }

    private func bytes(of names: [String]) -> Int? {
        guard let bytes = try? Files.read("/proc/\(process.pid)/status") else { return nil }
        var total = 0
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        where names.contains(where: line.hasPrefix) {
            let words = line.split { $0 == " " || $0 == "\t" }
            total += 1024 * (words.count > 1 ? Int(words[1]) ?? 0 : 0)
        }
        return total > 0 ? total : nil
    }

    // MARK: Internals

    /// Lets the handlers reach the connection that they are made for.
    private final class Sender: Sendable {
        let connection = Guarded<FrameConnection?>(nil)
    }

    private static func connect(
        _ socket: FileDescriptorBox,
        _ loop: EventLoop,
        _ handle: @escaping @Sendable (JSONObject) -> Void
    ) throws(SystemError) -> FrameConnection {
        // An engine that closes its control connection exits, which is reported by itself.
        let handlers = FrameConnection.Handlers(
            frame: { frame, _ in handle(frame) },
            closed: { _ in }
        )
        return try FrameConnection(socket: socket, loop: loop, handlers: handlers)
    }

    private static func handle(
        _ frame: JSONObject,
        load: JSONObject,
        sender: Sender,
        logger: Logger,
        events: @Sendable (Event) -> Void
    ) {
        switch frame["event"]?.stringValue {
        case "hello":
            sender.connection.withLock { $0 }?.send(load)
        case "idle":
            let held = Duration.microseconds(frame["held_us"]?.integerValue ?? 0)
            events(.idle(token: frame["token"]?.stringValue ?? "", held: held))
        case nil where frame["request_id"]?.integerValue == loadID:
            if let error = DeviceError(reply: frame) {
                events(.refused(error.message))
            } else {
                events(.ready)
            }
        default:
            logger.debug(
                "an engine said something",
                [
                    ("frame", String(decoding: JSONValue.object(frame).serialized, as: UTF8.self))
                ]
            )
        }
    }

    private static let loadID = 1

    private static func loadRequest(_ model: Model) -> JSONObject {
        let graphs = model.graphs.sorted { $0.key < $1.key }
            .map { ($0.key, JSONValue.object(["path": .string($0.value)])) }
        return [
            "action": "load", "request_id": JSONValue(loadID), "model": .string(model.name),
            "graphs": .object(JSONObject(graphs)), "settings": .object(model.settings),
        ]
    }
}
