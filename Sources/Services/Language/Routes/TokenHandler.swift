package import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore
internal import VocabularyClient
package import VocabularyProtocol

/// `/api/tokenize` and `/api/detokenize`: without a turn, since a vocabulary needs no engine.
struct TokenHandler: Sendable {
    let core: LanguageCore
    let vocabulary: VocabularyClient

    /// Answers `/api/tokenize`.
    func tokenize(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try JSONFields(lenient: RequestBody.json(of: request))
        let (name, file) = try await file(fields)
        let text = try fields.require("content", fields.string("content"))
        let tokens = try await vocabulary.tokenize(
            text,
            model: file,
            addSpecial: try fields.bool("add_special") ?? false,
            parseSpecial: try fields.bool("parse_special") ?? true
        )
        return .json([
            "model": .string(name), "tokens": .array(tokens.map { JSONValue($0) }),
        ])
    }

    /// Answers `/api/detokenize`.
    func detokenize(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try JSONFields(lenient: RequestBody.json(of: request))
        let (name, file) = try await file(fields)
        var tokens: [Int] = []
        for value in try fields.require("tokens", fields.array("tokens")) {
            guard let token = value.integerValue, token >= 0 else {
                throw fields.error("tokens", "must be numbers of tokens")
            }
            tokens.append(token)
        }
        let text = try await vocabulary.detokenize(tokens, model: file)
        return .json(["model": .string(name), "content": .string(text)])
    }

    private func file(_ fields: JSONFields) async throws -> (name: String, file: String) {
        let name = try fields.string("model") ?? ""
        guard !name.isEmpty else { throw Refusal(badRequest: "model is required") }
        let model = try await core.find(name)
        guard let file = model.contents.modelPaths.first else {
            throw Refusal(400, code: "unsupported_model", "model '\(name)' has no file")
        }
        return (name, file)
    }
}

extension VocabularyError: HTTPErrorConvertible {
    /// What passes by itself is 503; what the text or the model is to blame for is 400.
    package var httpError: HTTPError {
        HTTPError(
            isRetryable ? 503 : 400,
            code: code.rawValue,
            message,
            retryAfter: isRetryable ? 1 : nil
        )
    }
}
