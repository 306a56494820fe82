internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import LanguageService
internal import POSIX
internal import ServiceKit

/// What the routes share: settings, models, and the way of pictures.
struct VisionCore: Sendable {
    let settings: VisionSettings
    let conversations: Conversations
    let studio: PictureStudio
    let monitor: VisionMonitor
    private let started = MonotonicTime.now

    init(
        settings: VisionSettings,
        conversations: Conversations,
        studio: PictureStudio,
        monitor: VisionMonitor
    ) {
        self.settings = settings
        self.conversations = conversations
        self.studio = studio
        self.monitor = monitor
    }

    func claim(_ request: HTTPRequest) throws(HTTPError) -> RequestClaim {
        try RequestClaim(
            request,
            usual: settings.language.ticketClass,
            ceiling: settings.language.ceiling
        )
    }

    /// The model of a request, which must see.
    ///
    /// A store's model goes before a further name of the service's own one.
    ///
    /// - Throws: `Refusal` 404 when there is none.
    func model(_ name: String) throws(Refusal) -> Conversations.Model {
        let model: Conversations.Model
        do {
            model = try conversations.model(name)
        } catch {
            guard error.status == 404, settings.aliases.contains(name) else { throw error }
            model = try conversations.model(settings.model)
        }
        guard model.sees else {
            throw Refusal(
                400,
                code: "unsupported_model",
                "model '\(model.name)' does not see pictures; GET /v1/models names those that do"
            ).about("model")
        }
        return model
    }

    // MARK: What the service says of itself

    func health(_ writer: inout JSONWriter) {
        writer.value([
            "status": "ok",
            "model": .string(settings.model),
            "model_loaded": .bool(monitor.isLoaded),
            "uptime_seconds": .number((.now - started) / .seconds(1)),
            "device": .string(monitor.deviceName),
            "model_memory_mb": JSONValue(monitor.bytes / 1_048_576),
            "memory_usage_mb": JSONValue(CurrentProcess.residentBytes / 1_048_576),
        ])
    }

    /// The models that see, the service's own one first.
    func models() -> JSONValue {
        let own = (try? conversations.model(settings.model))?.name
        let seeing = conversations.list().filter(\.sees)
        let list = seeing.filter { $0.name == own } + seeing.filter { $0.name != own }
        return ["object": "list", "data": .array(list.map(Self.json))]
    }

    /// One of them.
    func model(of request: HTTPRequest) throws -> JSONValue {
        let name = request.parameters.map(\.value).joined(separator: "/")
        let model = try model(name)
        guard let entry = conversations.list().first(where: { $0.name == model.name }) else {
            throw Refusal(404, code: "model_not_found", "model '\(name)' not found")
        }
        return Self.json(entry)
    }

    private static func json(_ entry: Conversations.Entry) -> JSONValue {
        [
            "id": .string(entry.name), "object": "model", "created": JSONValue(entry.created),
            "owned_by": .string(entry.owner),
        ]
    }
}
