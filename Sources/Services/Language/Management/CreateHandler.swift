internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore
internal import Registry

/// `/api/create`: models of other models, or of files that were sent before.
struct CreateHandler: Sendable {
    let work: StoreWork

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try JSONFields(lenient: RequestBody.json(of: request))
        let wish = try CreateRequest(fields)
        // Before anything is begun: a program that is missing is not found out after an hour.
        let quantizer = try wish.quantization.map { _ in try work.quantizer() }
        return try await StatusLines.answer(streams: fields.bool("stream") ?? true) { emit in
            try await pullBase(wish, emit)
            try await ModelMaking(work: work, wish: wish, quantizer: quantizer).run(emit)
        }
    }

    /// Pulls the model that another one is made from, where no store has it.
    private func pullBase(_ wish: CreateRequest, _ emit: StatusLines.Emit) async throws {
        guard let from = wish.from, try await !work.run({ try work.isAnywhere(from) }) else {
            return
        }
        let reference = try RegistryReference(from.full)
        for try await update in try await work.transfers.pull(reference)
        where update.status != RegistryProgress.success {
            try await emit([update.json])
        }
    }
}

extension CreateRequest {
    /// Reads what a client asks for.
    ///
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    init(_ fields: JSONFields) throws {
        let given = try fields.string("model") ?? ""
        let text = try given.isEmpty ? fields.string("name") ?? "" : given
        guard let name = ModelName(text) else {
            throw Refusal(badRequest: "invalid model name \"\(text)\"")
        }
        guard try fields.string("remote_host") ?? "" == "" else {
            throw Refusal(403, code: "remote_models", "models run on this machine alone")
        }
        guard try fields.string("draft_quantize") ?? "" == "" else {
            throw Refusal(
                badRequest: "a draft model is taken as it is; quantize its file before"
            )
        }
        self.init(name: name)
        if let source = try fields.string("from"), !source.isEmpty {
            guard let from = ModelName(source) else {
                throw Refusal(badRequest: "invalid model name \"\(source)\"")
            }
            self.from = from
        }
        files = try Self.files(fields, "files")
        adapters = try Self.files(fields, "adapters") ?? []
        drafts = try Self.files(fields, "draft_files") ?? []
        template = try fields.string("template")
        system = try fields.string("system")
        licenses = try Self.licenses(fields)
        parameters = try fields.fields("parameters")?.object ?? [:]
        // Null takes a parameter away; all others must be of their type.
        do throws(ParameterError) {
            _ = try GenerationOptions(parameters)
        } catch {
            throw Refusal(badRequest: error.message)
        }
        messages = try Self.messages(fields)
        (renderer, parser) = (try fields.string("renderer"), try fields.string("parser"))
        requires = try fields.string("requires")
        let quantize = try fields.string("quantize") ?? ""
        let type = try quantize.isEmpty ? fields.string("quantization") ?? "" : quantize
        quantization = type.isEmpty ? nil : type
        info = try fields.fields("info")?.object ?? [:]
    }

    private static func files(_ fields: JSONFields, _ name: String) throws -> [File]? {
        guard let object = try fields.fields(name)?.object else { return nil }
        return try object.members.map { path, value in
            guard let text = value.stringValue, let digest = BlobDigest(client: text) else {
                throw Refusal(badRequest: "invalid digest format")
            }
            return File(name: path, digest: digest)
        }
    }

    private static func licenses(_ fields: JSONFields) throws -> [String] {
        if let text = fields.value("license")?.stringValue { return text.isEmpty ? [] : [text] }
        return try fields.strings("license") ?? []
    }

    private static func messages(_ fields: JSONFields) throws -> [StoredMessage] {
        guard let value = fields.value("messages") else { return [] }
        guard let list = value.arrayValue else {
            throw fields.error("messages", "must be a list, not \(value.kind)")
        }
        return try list.enumerated().map { index, item in
            let message = try JSONFields(lenient: item, path: "messages[\(index)]")
            return StoredMessage(
                role: try message.string("role") ?? "",
                content: try message.string("content") ?? ""
            )
        }
    }
}
