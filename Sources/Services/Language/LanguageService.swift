internal import Catalogue
internal import Conversations
package import DeviceClient
internal import HTTPService
internal import JSON
package import Lifecycle
package import Logging
package import Metrics
package import POSIX
internal import ServiceKit
internal import VocabularyClient

/// The language service: Ollama's API on engines that are llama-server.
package struct LanguageService: Service {
    /// The name in messages and units.
    package let name = "language"
    private let settings: LanguageSettings
    private let device: DeviceClient
    private let loop: EventLoop
    private let metrics: Metrics
    private let logger: Logger

    /// Creates the service; nothing is opened before `run`.
    ///
    /// - Parameters:
    ///   - settings: What it is told.
    ///   - device: The way to the device manager.
    ///   - loop: Where engines' answers arrive.
    ///   - metrics: Where it counts.
    ///   - logger: Where it speaks.
    package init(
        settings: LanguageSettings,
        device: DeviceClient,
        loop: EventLoop,
        metrics: Metrics,
        logger: Logger
    ) {
        self.settings = settings
        self.device = device
        self.loop = loop
        self.metrics = metrics
        self.logger = logger
    }

    /// Serves until the scope ends.
    ///
    /// - Parameter scope: The service's life.
    /// - Throws: `SystemError` when the port is taken.
    package func run(in scope: ServiceScope) async throws {
        // What is not there now could not be read later by a process that may read what it names.
        if let own = settings.stores.first, !Files.isFolder(own) {
            try? Files.makeFolder(own)
        }
        let vocabulary = VocabularyClient(
            configuration: try .installed(readable: settings.stores.filter(Files.isFolder)),
            loop: loop,
            logger: logger.labelled("vocabulary")
        )
        let counts = LanguageMetrics(metrics)
        let keeper = makeKeeper(counts)
        var wished = settings
        if keeper != nil {
            wished.loading.conversations = settings.conversations.folder.map {
                ConversationFolder.engines(in: $0)
            }
        }
        let core = LanguageCore(
            settings: wished,
            device: device,
            catalogue: try .installed(),
            loop: loop,
            metrics: counts,
            keeper: keeper,
            logger: logger
        )
        for warning in settings.warnings { logger.warning(warning) }
        let started = MonotonicTime.now
        let monitor = ManagerMonitor(device: device, logger: logger)
        var configuration = try settings.server.configuration(of: name)
        configuration.errors = .text
        configuration.threads = .loop
        let server = HTTPServer(
            configuration,
            router: OllamaRoutes(core: core, vocabulary: vocabulary).router,
            about: ServiceDescription(
                name: "baton-language",
                version: Version.text,
                health: { writer in
                    writer.value([
                        "status": "ok",
                        "uptime_seconds": JSONValue(Int((.now - started) / .seconds(1))),
                        "memory_usage_mb": JSONValue(CurrentProcess.residentBytes / 1_048_576),
                    ])
                },
                notReady: { monitor.notReady }
            ),
            loop: loop,
            metrics: metrics,
            logger: logger.labelled("http")
        )
        let port = try await server.start()
        logger.info("listening", [("address", settings.server.host), ("port", "\(port)")])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await monitor.watch() }
            if let keeper {
                let keys = configuration.access.keys
                group.addTask { [device] in await keeper.follow(device.departures) }
                group.addTask { await keeper.watch { keys?.names } }
            }
            scope.ready()
            await scope.untilShutdown()
            await server.drain(deadline: .seconds(25))
            group.cancelAll()
        }
        keeper?.close()
        await vocabulary.shutdown()
        device.close()
    }

    /// What keeps conversations; nil where none are to be kept, or there is no place for them.
    private func makeKeeper(_ metrics: LanguageMetrics) -> ConversationKeeper? {
        guard let folder = settings.conversations.folder, settings.conversations.bytes > 0 else {
            return nil
        }
        do {
            return try ConversationKeeper(
                settings.conversations,
                in: folder,
                loop: loop,
                metrics: metrics,
                logger: logger.labelled("conversations")
            )
        } catch {
            let reason = [("reason", error.description)]
            logger.warning("conversations do not outlive their engines", reason)
            return nil
        }
    }
}
