internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import LlamaServer

/// Refusals in the words and codes that clients of OpenAI know.
enum OpenAIErrors {
    /// Runs something and tells its refusals.
    ///
    /// - Parameters:
    ///   - common: What was asked for.
    ///   - form: What the request calls the form of the answer.
    ///   - prompt: What the request calls what is too long.
    ///   - body: The work.
    static func told(
        _ common: GenerationFields,
        form: String = "response_format",
        prompt: String = "messages",
        _ body: () async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        do {
            var response = try await body()
            // What a stream throws before its first byte is a refusal too.
            if case .stream(let write) = response.body {
                response.body = .stream { stream in
                    do {
                        try await write(stream)
                    } catch {
                        throw translated(error, common, form, prompt)
                    }
                }
            }
            return response
        } catch {
            throw translated(error, common, form, prompt)
        }
    }

    /// The error with OpenAI's code, where it has one, and the member that is to blame.
    private static func translated(
        _ error: any Error,
        _ common: GenerationFields,
        _ form: String,
        _ prompt: String
    ) -> any Error {
        if let failure = error as? EngineFailure, (400...499).contains(failure.status) {
            // Of what the engine is asked, only forms and grammars are taken unseen.
            let words = ["schema", "grammar"]
            let isForm = words.contains { failure.message.contains($0) }
            guard isForm, common.format != .free else { return error }
            return Refusal(badRequest: failure.message, field: form)
        }
        guard let refusal = error as? Refusal, refusal.code == "context_exceeded" else {
            return error
        }
        return Refusal(refusal.status, code: "context_length_exceeded", refusal.message)
            .about(prompt)
    }
}
