internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore
internal import POSIX

/// `/v1/models`: the models of the stores.
struct OpenAIModelHandler: Sendable {
    let core: LanguageCore

    /// Answers with all of them.
    func list() -> HTTPResponse {
        .json(["object": "list", "data": .array(core.models.list().map { Self.json($0.model) })])
    }

    /// Answers with one of them, whose name may have slashes.
    func one(_ request: HTTPRequest) throws -> HTTPResponse {
        let parts = request.parameters.map(\.value)
        let name = parts.joined(separator: "/")
        do {
            return .json(Self.json(try core.model(name).stored))
        } catch {
            throw error.about("model")
        }
    }

    private static func json(_ model: StoredModel) -> JSONValue {
        [
            "id": .string(model.name.short), "object": "model",
            "created": JSONValue(WallTime(nanoseconds: model.modified).seconds),
            "owned_by": .string(model.name.namespace),
        ]
    }
}
