internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore
internal import POSIX

/// `/api/chat`: the next message of a conversation.
struct ChatHandler: Sendable {
    let core: LanguageCore

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        let wish = try ChatRequest(RequestBody.json(of: request))
        guard !wish.common.model.isEmpty else { throw Refusal(badRequest: "model is required") }
        let claim = try core.claim(request)
        let model = try await core.find(wish.common.model)
        guard model.can(.completion) else {
            throw Refusal(badRequest: "\"\(wish.common.model)\" does not support chat")
        }
        let reply = TextReply(.chat, model: wish.common.model)
        if wish.messages.isEmpty {
            return try await LoadHandler(core: core).answer(model, wish.common, reply, claim)
        }
        try TextChecks.check(wish.common, model, hasTools: !wish.tools.isEmpty)
        guard wish.messages.allSatisfy(\.images.isEmpty) || model.can(.vision) else {
            throw Refusal(badRequest: "\"\(wish.common.model)\" does not support images")
        }
        let prompts = PromptMaker(model: model, think: wish.common.think, today: .now)
        let call = try prompts.call(
            model.history(wish.messages),
            tools: wish.tools,
            tellsProbabilities: wish.common.tellsProbabilities
        )
        let job = TextJob(
            core: core,
            model: model,
            wish.common,
            call: call,
            claim: claim
        )
        if wish.common.rendersOnly {
            return try await prompts.shown(job, reply, by: core.writer)
        }
        let answer = TextAnswer(
            core: core,
            shape: reply,
            errors: .text,
            requestID: request.id,
            arrived: arrived
        )
        return try await answer.answer([job], streams: wish.common.streams)
    }
}
