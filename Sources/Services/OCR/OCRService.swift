package import DeviceClient
internal import HTTPService
internal import DeviceProtocol
internal import JSON
package import Lifecycle
package import Logging
internal import MediaClient
package import Metrics
package import POSIX
internal import ServiceKit

/// The OCR service: listens, reads, and ends in order.
package struct OCRService: Service {
    /// The name in messages and units.
    package let name = "ocr"
    private let settings: OCRSettings
    private let device: DeviceClient
    private let loop: EventLoop
    private let metrics: Metrics
    private let logger: Logger

    /// Creates the service; nothing is opened before `run`.
    ///
    /// - Parameters:
    ///   - settings: What it is told.
    ///   - device: The way to the device manager.
    ///   - loop: Where its helpers' frames arrive.
    ///   - metrics: Where it counts.
    ///   - logger: Where it speaks.
    package init(
        settings: OCRSettings,
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
    /// - Throws: `SystemError` when the port is taken, `MediaError` when a program is missing.
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
        let monitor = ModelMonitor(device: device, model: settings.model, logger: logger)
        let core = OCRCore(
            settings: settings,
            reader: PageReader(device: device, media: media, buffers: buffers, settings: settings),
            buffers: buffers,
            monitor: monitor
        )
        var configuration = try settings.server.configuration(of: name)
        configuration.errors = .success
        let server = HTTPServer(
            configuration,
            router: OCRRoutes(core: core).router,
            about: ServiceDescription(
                name: "baton-ocr",
                version: Version.text,
                health: { $0.value(core.health()) },
                notReady: { monitor.notReady }
            ),
            loop: loop,
            metrics: metrics,
            logger: logger.labelled("http")
        )
        let port = try await server.start()
        logger.info("listening", [("address", settings.server.host), ("port", "\(port)")])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await monitor.watch(preloading: settings.preloads) }
            group.addTask { await media.warm() }
            group.addTask { await buffers.keepTrimmed() }
            scope.ready()
            await scope.untilShutdown()
            await server.drain(deadline: .seconds(25))
            group.cancelAll()
        }
        await media.shutdown()
        device.close()
    }
}
