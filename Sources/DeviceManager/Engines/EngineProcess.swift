internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

/// One engine process and the way to it.
///
/// Used only on the manager's loop.
///
/// Life: started → loads → ready, or its process ends at any time. It reports each step once, through
/// `events`; the end of the process is always the last.
final class EngineProcess: Sendable {
    enum Event: Sendable {
        /// The model is loaded.
        case ready
        /// The engine says it cannot load the model; it is ended next.
        case refused(String)
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
        let runtimeFolder: String?
        let spawner: Spawner
        let loop: EventLoop
    }

    let model: Model
    let generation: Generation
    let process: ChildProcess
    let link: Link

    /// Starts the engine of a model.
    ///
    /// - Throws: `SystemError` when it cannot be started, `JSONFieldError` when the model's settings
    ///   are not what its kind of engine takes.
    init(
        model: Model,
        generation: Generation,
        in surroundings: Surroundings,
        logger: Logger,
        events: @escaping @Sendable (Event) -> Void
    ) throws {
        let programs = surroundings.programs
        guard let program = programs.engines[model.engine] else {
            throw SystemError(code: 2, operation: "find the engine '\(model.engine)'")
        }
        self.model = model
        self.generation = generation
        var command = ChildCommand(
            path: programs.launcher,
            arguments: Self.sandbox(for: model) + ["--", program]
        )
        if programs.httpKinds.contains(model.engine) {
            let server = try HTTPServerCall(
                model: model,
                folder: surroundings.runtimeFolder,
                number: generation.number
            )
            command.arguments += server.arguments
            process = try surroundings.spawner.start(command) { events(.exited($0)) }
            link = .http(HTTPLink(to: server, loop: surroundings.loop, events: events))
        } else {
            let (ours, theirs) = try Socket.pair()
            command.descriptors = [(number: 3, box: theirs)]
            process = try surroundings.spawner.start(command) { events(.exited($0)) }
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

    /// Lets go of what the engine leaves behind; call once its process is gone.
    func cleanUp() {
        if case .http(let link) = link { link.end() }
    }

    /// Bytes that the process takes now: anonymous and file-backed pages that are resident.
    ///
    /// Shared memory is left out: the buffers belong to clients.
    func measuredBytes() -> Int? {
        guard let bytes = try? Files.read("/proc/\(process.pid)/status") else { return nil }
        var total = 0
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("RssAnon:") || line.hasPrefix("RssFile:") {
            let words = line.split { $0 == " " || $0 == "\t" }
            total += 1024 * (words.count > 1 ? Int(words[1]) ?? 0 : 0)
        }
        return total > 0 ? total : nil
    }

    /// What the engine may do: die with us, no network, be the first to go when memory is short.
    private static func sandbox(for model: Model) -> [String] {
        ["--parent", "\(CurrentProcess.id)", "--no-network", "--oom-score", "500"]
    }
}
