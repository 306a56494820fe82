internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import POSIX

/// `/v1/chat/completions`: the next message of a conversation.
struct ChatCompletionHandler: Sendable {
    let core: LanguageCore

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        let wish = try ChatCompletionRequest(RequestBody.json(of: request))
        let common = wish.conversation.common
        let claim = try core.claim(request)
        let model = try await core.served(common.model)
        let job = try TextJob(core: core, model: model, wish.conversation, claim: claim)
        let answer = TextAnswer(
            core: core,
            shape: ChatCompletionShape(
                id: core.identifier("chatcmpl-"),
                model: common.model,
                created: WallTime.now.seconds,
                wish
            ),
            errors: .openAIDoor,
            requestID: request.id,
            arrived: arrived
        )
        return try await OpenAIErrors.told(common) {
            try await answer.answer(job.repeated(wish.count), streams: common.streams)
        }
    }
}

extension TextJob {
    /// The same several times, each with dice of its own.
    func repeated(_ count: Int) -> [TextJob] {
        (0..<count).map { index in
            var job = self
            if let seed = parameters["seed"]?.integerValue, seed >= 0 {
                job.parameters["seed"] = JSONValue(seed &+ index)
            }
            return job
        }
    }
}
