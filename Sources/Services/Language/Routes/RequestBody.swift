internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore

/// The body of a request, whatever content type the client claims.
enum RequestBody {
    static func json(of request: HTTPRequest) throws -> JSONValue {
        guard !request.body.isEmpty else {
            throw Refusal(400, code: "invalid_json", "missing request body")
        }
        return try JSONValue(parsing: request.body)
    }
}

/// What is checked of every request for text.
enum TextChecks {
    static func check(
        _ common: GenerationFields,
        _ model: LanguageModel,
        hasTools: Bool
    ) throws(Refusal) {
        if hasTools, !model.can(.tools) {
            throw Refusal(
                badRequest: "\(model.stored.name.full) does not support tools"
            )
        }
        if common.think?.isOn == true, !model.can(.thinking) {
            throw Refusal(badRequest: "\"\(common.model)\" does not support thinking")
        }
    }
}
