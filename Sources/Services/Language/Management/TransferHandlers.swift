internal import Catalogue
package import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore
package import Registry

/// `/api/pull` and `/api/push`: models that come from registries and go there.
struct TransferHandlers: Sendable {
    let work: StoreWork

    /// Pulls a model, or what a short name of the catalogue stands for.
    func pull(_ request: HTTPRequest) async throws -> HTTPResponse {
        let wish = try Wish(request)
        // What is no name is refused before anything is said.
        _ = try wish.reference
        let pull = ModelPull(work: work, name: wish.name, isInsecure: wish.isInsecure)
        return try await StatusLines.answer(streams: wish.streams) { try await pull.run($0) }
    }

    /// Lists the short names that can be pulled.
    func catalogue() -> HTTPResponse {
        .json([
            "models": .array(
                work.catalogue.entries.map { entry in
                    var object: JSONObject = [
                        "name": .string(entry.name.short), "about": .string(entry.about),
                    ]
                    object["license"] = entry.license.map { .string($0) }
                    object["size"] = entry.size.map { JSONValue($0) }
                    if case .registry(let name) = entry.source { object["from"] = .string(name) }
                    return .object(object)
                }
            )
        ])
    }

    /// Pushes a model.
    func push(_ request: HTTPRequest) async throws -> HTTPResponse {
        let wish = try Wish(request)
        let reference = try wish.reference
        return try await StatusLines.answer(streams: wish.streams) { emit in
            for try await update in try await work.transfers.push(reference) {
                try await emit([update.json])
            }
        }
    }

    /// What a client asks for; a user and a password in the body do not count, as in Ollama.
    private struct Wish {
        let name: String
        let isInsecure: Bool
        let streams: Bool

        init(_ request: HTTPRequest) throws {
            let fields = try JSONFields(lenient: RequestBody.json(of: request))
            let given = try fields.string("model") ?? ""
            name = try given.isEmpty ? fields.string("name") ?? "" : given
            guard !name.isEmpty else { throw Refusal(badRequest: "model is required") }
            isInsecure = try fields.bool("insecure") ?? false
            streams = try fields.bool("stream") ?? true
        }

        var reference: RegistryReference {
            get throws { try RegistryReference(name, insecure: isInsecure) }
        }
    }
}

extension RegistryError: HTTPErrorConvertible {
    /// What the client is told.
    package var httpError: HTTPError {
        let (status, code): (Int, String) =
            switch self {
            case .invalidName, .insecureProtocol: (400, "invalid_request")
            case .noSuchModel, .noSuchBlob: (404, "model_not_found")
            case .unauthorized: (401, "unauthorized")
            case .refused, .invalidAnswer, .digestMismatch, .forbiddenRedirect, .untrusted:
                (502, "registry_failed")
            case .unavailable: (504, "registry_unavailable")
            case .store(let error): (error.httpError.status, error.httpError.code)
            case .tooMany: (503, "too_many_transfers")
            case .cancelled: (503, "cancelled")
            }
        return HTTPError(status, code: code, description, retryAfter: status == 503 ? 5 : nil)
    }
}
