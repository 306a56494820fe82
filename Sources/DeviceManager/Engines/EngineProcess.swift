internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX
internal import Sandboxing

/// One engine process and the way to it.
///
/// Used only on the manager's loop.
///
/// Life: started → sandboxed → loads → ready, or its process ends at any time. It reports each step
/// once, through `events`; the end of the process is always the last.
final class EngineProcess: Sendable {
    enum Event: Sendable {
        /// The launcher has told how the engine is protected.
        case sandboxed(SandboxReport)
        /// The model is loaded.
        case ready
        /// The engine says it cannot load the model; it is ended next.
        case refused(String)
        /// It answered, or told how much device time the call that it runs has had.
        case alive(call: Duration)
        /// A token's work is over; device time used under it.
        case idle(token: String, held: Duration)
        /// The process is gone and reaped.
        case exited(ExitStatus)
    }

    /// How manager and clients reach an engine.
    enum Link: Sendable {
        /// A control connection of ours; clients' channels are handed to the engine.
        case frames(FrameLink)
        /// An HTTP server on a socket; connections to it are handed to clients.
        case http(HTTPLink)
    }

    /// What it takes to start engines.
    struct Surroundings {
        let programs: EnginePrograms
        /// Whether an engine is started only when every protection holds.
        let isStrict: Bool
        let runtimeFolder: String?
        let spawner: Spawner
        let loop: EventLoop

        /// Starts an engine's program through the launcher.
        func start(
            _ options: LaunchOptions,
            of program: EngineProgram,
            descriptors: [(number: Int32, box: FileDescriptorBox)] = [],
            events: @escaping @Sendable (Event) -> Void
        ) throws(SystemError) -> ConfinedProcess {
            try ConfinedProcess(
                options,
                launcher: programs.launcher,
                environment: Environment.inherited.filter { variable in
                    !program.withoutVariables.contains(where: variable.hasPrefix)
                },
                descriptors: descriptors,
                spawner: spawner,
                loop: loop,
                onReport: { events(.sandboxed($0)) },
                onExit: { events(.exited($0)) }
            )
        }
    }

    let model: Model
    let generation: Generation
    /// Tells it from every other engine, also from those of another manager.
    let instance = DeviceManager.freshToken()
    let link: Link
    private let limits: EngineLimits
    private let confined: ConfinedProcess

    /// Starts the engine of a model.
    ///
    /// - Throws: `SystemError` when it cannot be started, `JSONFieldError` when the model's settings
    ///   are not what its kind of engine takes.
    init(
        model: Model,
        limits: EngineLimits,
        generation: Generation,
        in surroundings: Surroundings,
        logger: Logger,
        events: @escaping @Sendable (Event) -> Void
    ) throws {
        guard let program = surroundings.programs.engines[model.engine] else {
            throw SystemError(code: 2, operation: "find the engine '\(model.engine)'")
        }
        self.model = model
        self.limits = limits
        self.generation = generation
        for folder in limits.writable { try Files.makeFolder(folder, mode: 0o750) }
        var options = LaunchOptions(
            program,
            model: model,
            limits: limits,
            isStrict: surroundings.isStrict
        )
        if program.isHTTPServer {
            let server = try HTTPServerCall(
                model: model,
                folder: surroundings.runtimeFolder,
                number: generation.number
            )
            options.arguments = server.arguments
            // Where it makes its socket.
            options.writable.append(server.folder)
            confined = try surroundings.start(options, of: program, events: events)
            link = .http(HTTPLink(to: server, loop: surroundings.loop, events: events))
        } else {
            let (ours, theirs) = try Socket.pair()
            confined = try surroundings.start(
                options,
                of: program,
                descriptors: [(number: 3, box: theirs)],
                events: events
            )
            let control = try FrameLink(
                over: ours,
                to: model,
                loop: surroundings.loop,
                logger: logger,
                events: events
            )
            link = .frames(control)
        }
    }

    var process: ChildProcess { confined.process }

    /// How it is protected; nil until the launcher has told.
    var sandbox: SandboxReport? { confined.report }

    /// Why it ended, as people read it.
    func reason(for status: ExitStatus) -> String {
        sandbox?.failure ?? limits.reason(for: status)
    }

    /// Asks for a sign of life, which is reported as `alive`.
    func ask() {
        switch link {
        case .frames(let link): link.ping()
        case .http(let link): link.ping()
        }
    }

    /// Lets go of what the engine leaves behind; call once its process is gone.
    func cleanUp() {
        if case .http(let link) = link { link.end() }
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
}
