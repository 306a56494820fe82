import Configuration
import DeviceClient
import DeviceManager
import JSON
import LanguageService
import Lifecycle
import Logging
import Metrics
import OCRService
import POSIX
import VisionService

/// Every service that `baton serve` knows: the place where a new one is added.
enum ServiceCatalogue {
    /// One service: its name, and how its file becomes a running service.
    struct Entry: Sendable {
        let name: String
        /// Reads every key, as `make` does, and nothing else.
        let read: @Sendable (ConfigurationReader) -> Void
        let make: @Sendable (ConfigurationReader, ServiceContext) -> any Service
    }

    /// What every service is made with.
    struct ServiceContext: Sendable {
        let device: DeviceClient
        let loop: EventLoop
        let metrics: Metrics
        let logger: Logger
    }

    static let entries = [
        Entry(
            name: "language",
            read: { _ = languageSettings($0) },
            make: { reader, context in
                LanguageService(
                    settings: languageSettings(reader),
                    device: context.device,
                    loop: context.loop,
                    metrics: context.metrics,
                    logger: context.logger
                )
            }
        ),
        Entry(
            name: "vision",
            read: { _ = VisionSettings($0, stores: visionStores) },
            make: { reader, context in
                VisionService(
                    settings: VisionSettings(reader, stores: visionStores),
                    device: context.device,
                    loop: context.loop,
                    metrics: context.metrics,
                    logger: context.logger
                )
            }
        ),
        Entry(
            name: "ocr",
            read: { _ = OCRSettings($0) },
            make: { reader, context in
                OCRService(
                    settings: OCRSettings(reader),
                    device: context.device,
                    loop: context.loop,
                    metrics: context.metrics,
                    logger: context.logger
                )
            }
        ),
    ]

    static func languageSettings(_ reader: ConfigurationReader) -> LanguageSettings {
        LanguageSettings(
            reader,
            stores: languageStores,
            conversations: (try? Folders()).map { "\($0.state)/conversations" },
            environment: Environment.all
        )
    }

    /// The same stores, also where one of Ollama's variables names them.
    private static var visionStores: [String] {
        LanguageSettings.stores(languageStores, environment: Environment.all)
    }

    /// Where models are that nobody has named a folder for: this user's own, and those of Baton.
    private static var languageStores: [String] {
        let own = (try? Folders()).map { ["\($0.state)/models"] } ?? []
        return own + [Programs.modelStore]
    }

    static var names: [String] { entries.map(\.name) }

    /// The service of a name.
    ///
    /// - Throws: `ConfigurationError` that lists the names.
    static func entry(_ name: String) throws -> Entry {
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        let known = names.joined(separator: ", ")
        throw ConfigurationError(source: name, "there is no such service; these are: \(known)")
    }
}
