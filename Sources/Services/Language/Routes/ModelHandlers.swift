internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore
internal import POSIX

/// What clients are told of models.
struct ModelHandlers: Sendable {
    let core: LanguageCore
    private let entries = ListEntries()

    /// Answers of a core's models.
    init(core: LanguageCore) { self.core = core }

    /// Answers `/api/tags`.
    func tags() -> HTTPResponse {
        let models = core.models.list()
        var writer = JSONWriter(reserving: 512 * (models.count + 1))
        writer.beginObject()
        writer.name("models")
        writer.beginArray()
        for model in models { writer.written(entries.text(of: model, Self.entry)) }
        writer.endArray()
        writer.endObject()
        return .json(bytes: writer.finish())
    }

    private static func entry(_ summary: ModelSummary) -> JSONValue {
        var object: JSONObject = [
            "name": .string(summary.model.name.short), "model": .string(summary.model.name.short),
        ]
        object["remote_model"] = summary.config.remoteModel.map { .string($0) }
        object["remote_host"] = summary.config.remoteHost.map { .string($0) }
        let modified = WallTime(nanoseconds: summary.model.modified)
        object["modified_at"] = .string(modified.rfc3339)
        object["size"] = JSONValue(summary.model.size)
        object["digest"] = .string(summary.model.digest)
        object["details"] = summary.details.json
        object["capabilities"] = .array(summary.capabilities.map { .string($0.rawValue) })
        return .object(object)
    }

    /// Answers `/api/ps`.
    func running() async throws -> HTTPResponse {
        let now = WallTime.now
        var models: [(expires: WallTime, json: JSONValue)] = []
        for loaded in try await core.loadedModels() {
            guard let model = try core.models.model(named: loaded.model) else { continue }
            let expires = Self.expiry(of: loaded, at: now)
            models.append(
                (
                    expires,
                    [
                        "name": .string(model.name), "model": .string(model.name),
                        "size": JSONValue(loaded.bytes), "digest": .string(model.stored.digest),
                        "details": model.summary.details.json,
                        "expires_at": .string(expires.rfc3339),
                        "size_vram": JSONValue(loaded.device == "cpu" ? 0 : loaded.bytes),
                        "context_length": JSONValue(
                            core.residencies.plan(of: loaded.name)?.context
                                ?? core.settings.loading.context
                        ),
                        "device": .string(loaded.device), "busy": .bool(loaded.isBusy),
                    ]
                )
            )
        }
        models.sort { $0.expires.nanoseconds > $1.expires.nanoseconds }
        return .json(["models": .array(models.map(\.json))])
    }

    /// When a model goes that nobody asks for any more; one that stays goes in some hundred years.
    private static func expiry(of loaded: LanguageCore.Loaded, at now: WallTime) -> WallTime {
        guard let keepAlive = loaded.keepAlive else { return WallTime(nanoseconds: .max) }
        return now + (loaded.isBusy ? keepAlive : keepAlive - loaded.idle)
    }

    /// Answers `/api/show`.
    func show(_ request: HTTPRequest) throws -> HTTPResponse {
        let fields = try JSONFields(lenient: RequestBody.json(of: request))
        let given = try fields.string("model") ?? ""
        let name = try given.isEmpty ? fields.string("name") ?? "" : given
        guard !name.isEmpty else { throw Refusal(badRequest: "model is required") }
        let model = try core.model(name)
        let isVerbose = try fields.bool("verbose") ?? false
        var contents = model.contents
        if let system = try fields.string("system"), !system.isEmpty { contents.system = system }
        if let template = try fields.string("template"), !template.isEmpty {
            contents.template = template
        }
        return .json(.object(try describe(model, contents, isVerbose: isVerbose)))
    }

    private func describe(
        _ model: LanguageModel,
        _ contents: ModelContents,
        isVerbose: Bool
    ) throws -> JSONObject {
        let inspection = try core.models.inspect(model, isVerbose: isVerbose)
        var object: JSONObject = [:]
        if !contents.licenses.isEmpty {
            object["license"] = .string(contents.licenses.joined(separator: "\n"))
        }
        object["modelfile"] = .string(ModelfileText.text(contents, name: model.stored.name))
        if !contents.parameters.members.isEmpty {
            object["parameters"] = .string(ParameterLines.text(contents.parameters))
        }
        object["template"] = .string(contents.template ?? inspection?.chatTemplate ?? "")
        object["system"] = contents.system.map { .string($0) }
        object["renderer"] = contents.config.renderer.map { .string($0) }
        object["parser"] = contents.config.parser.map { .string($0) }
        object["details"] = model.summary.details.json
        if !contents.messages.isEmpty {
            object["messages"] = .array(
                contents.messages.map { message in
                    ["role": .string(message.role), "content": .string(message.content)]
                }
            )
        }
        object["model_info"] = .object(inspection?.metadata ?? [:])
        object["projector_info"] = inspection?.projector.map { .object($0) }
        if isVerbose { object["tensors"] = .array(inspection?.tensors ?? []) }
        object["capabilities"] = .array(
            model.summary.capabilities.map { .string($0.rawValue) }
        )
        object["modified_at"] = .string(WallTime(nanoseconds: model.stored.modified).rfc3339)
        object["requires"] = contents.config.requires.map { .string($0) }
        return object
    }
}
