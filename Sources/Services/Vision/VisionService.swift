package import DeviceClient
internal import DeviceProtocol
internal import HTTPService
internal import LanguageService
package import Lifecycle
package import Logging
internal import MediaClient
package import Metrics
package import POSIX
internal import ServiceKit

/// The vision service: conversations about pictures.
package struct VisionService: Service {
    /// The name in messages and units.
    package let name = "vision"
    private let settings: VisionSettings
    private let device: DeviceClient
    private let loop: EventLoop
    private let metrics: Metrics
    private let logger: Logger

    /// Pictures that are fetched at once.
    private static let fetches = 8

    /// Creates the service; nothing is opened before `run`.
    ///
    /// - Parameters:
    ///   - settings: What it is told.
    ///   - device: The way to the device manager.
    ///   - loop: Where helpers' and engines' answers arrive.
    ///   - metrics: Where it counts.
    ///   - logger: Where it speaks.
    package init(
        settings: VisionSettings,
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
    /// - Throws: `SystemError` when the port is taken, `MediaError` when a program is missing, and
    ///   whatever ends the watch over the model.
    package func run(in scope: ServiceScope) async throws {
        let media = MediaPool(
            configuration: try .installed(
                helpers: settings.helpers,
                concurrency: settings.concurrency,
                memory: settings.helperMemory,
                timeLimit: settings.helperTime
            ),
            loop: loop,
            logger: logger.labelled("media")
        )
        let buffers = BufferPool()
        let conversations = Conversations(
            settings: settings.language,
            device: device,
            loop: loop,
            metrics: metrics,
            logger: logger
        )
        let monitor = VisionMonitor(
            device: device,
            conversations: conversations,
            settings: settings,
            logger: logger
        )
        let core = VisionCore(
            settings: settings,
            conversations: conversations,
            studio: try studio(media, buffers),
            monitor: monitor
        )
        if settings.model == VisionSettings.demo {
            logger.warning(
                "the model is a demo that knows nothing but colours; name another in vision.yaml",
                [("model", settings.model)]
            )
        }
        let server = try server(core)
        let port = try await server.start()
        logger.info("listening", [("address", settings.server.host), ("port", "\(port)")])
        defer { device.close() }
        let failure = await withTaskGroup(of: VisionMonitor.Failure?.self) { group in
            group.addTask {
                await Self.failure { () async throws(VisionMonitor.Failure) in
                    try await monitor.watch()
                }
            }
            group.addTask {
                await media.warm()
                await buffers.keepTrimmed()
                return nil
            }
            group.addTask {
                await scope.untilShutdown()
                return nil
            }
            scope.ready()
            // Whoever ends first ends the service: the scope, or the watch that has failed.
            let failure = await group.next() ?? nil
            await server.drain(deadline: .seconds(25))
            group.cancelAll()
            return failure
        }
        await media.shutdown()
        if let failure { throw failure }
    }

    // MARK: Parts

    private func studio(_ media: MediaPool, _ buffers: BufferPool) throws -> PictureStudio {
        let width = settings.concurrency
        return PictureStudio(
            media: media,
            buffers: buffers,
            remote: try RemotePictures(settings.remote, limit: settings.limits.bytes),
            limits: settings.limits,
            places: TaskLimiter(width: width, waiting: 8 * width),
            fetches: TaskLimiter(width: Self.fetches, waiting: 8 * Self.fetches)
        )
    }

    private func server(_ core: VisionCore) throws -> HTTPServer {
        var configuration = try settings.server.configuration(of: name)
        configuration.errors = .openAI()
        return HTTPServer(
            configuration,
            router: VisionRoutes(core: core).router,
            about: ServiceDescription(
                name: "baton-vision",
                version: Version.text,
                health: { core.health(&$0) },
                notReady: { core.monitor.notReady }
            ),
            loop: loop,
            metrics: metrics,
            logger: logger.labelled("http")
        )
    }

    /// What a closure throws; nil when it returns.
    private static func failure(
        _ body: () async throws(VisionMonitor.Failure) -> Void
    ) async -> VisionMonitor.Failure? {
        do {
            try await body()
            return nil
        } catch {
            return error
        }
    }
}
