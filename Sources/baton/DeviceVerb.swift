import CommandLine
import Configuration
import DeviceManager
import HTTPService
import JSON
import Lifecycle
import Logging
import Metrics
import POSIX

/// `baton device`: the device manager.
enum DeviceVerb {
    static let verb = Verb(
        "device",
        "run the device manager in the foreground",
        options: [Option("config", placeholder: "FILE", "its configuration")]
    ) { values in
        try await run(file: values.string("config"))
    }

    private static func run(file: String?) async throws -> Int32 {
        let reader = try ConfigurationFile.locate(service: "device", explicit: file).reader()
        let settings = DeviceSettings(reader, cores: CurrentProcess.cores)
        try reader.finish()
        let folders = try Folders()
        try folders.make()
        ProcessLimits.raiseOpenFiles()
        let logger = Logger.standardError(label: "device")
        let loop = try EventLoop(name: "baton-device")
        let service = DeviceService(
            settings: settings,
            socket: try DeviceSocket.path(settings),
            folders: folders,
            loop: loop,
            logger: logger
        )
        let group = ServiceGroup([service], surroundings: .system(loop: loop))
        try await group.run()
        return 0
    }
}

/// The device manager with its socket and its status page.
struct DeviceService: Service {
    let name = "device"
    let settings: DeviceSettings
    let socket: String
    let folders: Folders
    let loop: EventLoop
    let logger: Logger

    /// Engines by kind, and the programs that they are.
    private static let engines = [
        "llama": "llama-server", "openvino": "baton-engine-openvino",
        "simulated": "baton-engine-simulated",
    ]

    func run(in scope: ServiceScope) async throws {
        let metrics = Metrics()
        let (models, problems) = ModelCatalogue.read(settings.folders + Programs.modelFolders)
        for problem in problems {
            logger.error("a model is left out", [("reason", problem.description)])
        }
        logger.info("models", [("names", models.map(\.name).joined(separator: ","))])
        let programs = EnginePrograms(
            launcher: try Programs.path(of: "baton-launch"),
            engines: Self.engines.compactMapValues { name in
                // One that is not installed is told when a model asks for it.
                guard let path = try? Programs.path(of: name) else { return nil }
                var program = EngineProgram(path: path, libraries: Programs.libraryFolders)
                if name == "llama-server" {
                    program.isHTTPServer = true
                    // It reads most of its arguments from there too.
                    program.withoutVariables = ["LLAMA_", "HF_"]
                }
                return program
            }
        )
        var manages = settings.manager(
            of: models,
            programs: programs,
            cache: folders.cache,
            runtime: folders.runtime
        )
        manages.stateFile = "\(folders.state)/models.json"
        let manager = DeviceManager(
            settings: manages,
            loop: loop,
            metrics: metrics,
            logger: logger
        )
        try await manager.listen(at: socket, mode: settings.isOpenToAll ? 0o666 : 0o660)
        await manager.preload()
        let server = try await serveStatus(of: manager, metrics)
        scope.ready()
        await scope.untilShutdown()
        await manager.drain(patience: .seconds(20))
        await server?.drain(deadline: .seconds(1))
        await manager.close()
        // The next manager would replace the file anyway; clients see at once that we are gone.
        Files.remove(socket)
    }

    /// The status page on loopback; nil when it is switched off.
    private func serveStatus(
        of manager: DeviceManager,
        _ metrics: Metrics
    ) async throws -> HTTPServer? {
        guard settings.statusPort > 0 else { return nil }
        var configuration = HTTPServer.Configuration()
        configuration.listeners = [.tcp("127.0.0.1", port: UInt16(settings.statusPort))]
        configuration.connectionLimit = 64
        configuration.errors = .text
        var router = Router()
        router.add(
            Route(
                .get,
                "/v1/device/status",
                .init("Tells of devices, models and tickets.", response: ["type": "object"]),
                handler: .task { _ in .json(await manager.statusReport()) }
            )
        )
        let started = MonotonicTime.now
        router.add(EventRoute.make(socket: socket, loop: loop, logger: logger))
        let server = HTTPServer(
            configuration,
            router: router,
            about: ServiceDescription(
                name: "baton-device",
                version: Version.text,
                health: { writer in
                    writer.beginObject()
                    writer.name("status")
                    writer.string("ok")
                    writer.name("uptime_seconds")
                    writer.integer(Int64(MonotonicTime.now.seconds(since: started)))
                    writer.name("memory_usage_mb")
                    writer.integer(Int64(CurrentProcess.residentBytes / 1_048_576))
                    writer.endObject()
                },
                // The page is only served while the manager works; draining is the server's word.
                notReady: { nil }
            ),
            loop: loop,
            metrics: metrics,
            logger: logger.labelled("http")
        )
        _ = try await server.start()
        return server
    }
}
