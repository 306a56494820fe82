internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore

/// `/api/copy` and `/api/delete`: names of models that come and go.
struct CopyHandlers: Sendable {
    let work: StoreWork

    /// Gives a model a second name.
    func copy(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try JSONFields(lenient: RequestBody.json(of: request))
        let (from, to) = (try fields.string("source") ?? "", try fields.string("destination") ?? "")
        guard let source = ModelName(from) else {
            throw Refusal(badRequest: "source \"\(from)\" is invalid")
        }
        guard let destination = ModelName(to) else {
            throw Refusal(badRequest: "destination \"\(to)\" is invalid")
        }
        try await work.run {
            do throws(StoreError) {
                let owner = try work.owner(of: source)
                if owner === work.writer.store {
                    _ = try work.writer.copy(source, to: destination)
                } else {
                    _ = try work.writer.copy(source, of: owner, to: destination)
                }
            } catch {
                guard case .unknownModel = error else { throw error }
                throw Refusal(404, code: "model_not_found", "model \"\(from)\" not found")
            }
        }
        return HTTPResponse(contentType: nil)
    }

    /// Takes a model away, with the blobs that no other one has; one that is in memory stays there
    /// until its time is over.
    func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try JSONFields(lenient: RequestBody.json(of: request))
        let given = try fields.string("model") ?? ""
        let text = try given.isEmpty ? fields.string("name") ?? "" : given
        guard let name = ModelName(text) else {
            throw Refusal(badRequest: "name \"\(text)\" is invalid")
        }
        try await work.run {
            do throws(StoreError) {
                let owner = try work.owner(of: name)
                _ = try StoreWriter(owner, settings: work.writer.settings).delete(name)
            } catch {
                guard case .unknownModel = error else { throw error }
                throw Refusal(404, code: "model_not_found", "model '\(text)' not found")
            }
        }
        return HTTPResponse(contentType: nil)
    }
}
