internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore
internal import POSIX

/// `/api/generate`: the text that answers a prompt.
struct GenerateHandler: Sendable {
    let core: LanguageCore

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        let wish = try GenerateRequest(RequestBody.json(of: request))
        let claim = try core.claim(request)
        let model = try await core.find(wish.common.model)
        guard model.can(.completion) else {
            throw Refusal(badRequest: "\"\(wish.common.model)\" does not support generate")
        }
        let reply = TextReply(.generate, model: wish.common.model)
        if wish.isEmpty {
            return try await LoadHandler(core: core).answer(model, wish.common, reply, claim)
        }
        try TextChecks.check(wish.common, model, hasTools: false)
        guard wish.images.isEmpty || model.can(.vision) else {
            throw Refusal(badRequest: "\"\(wish.common.model)\" does not support images")
        }
        if wish.suffix != nil, !model.can(.insert) {
            throw Refusal(badRequest: "\(model.stored.name.full) does not support insert")
        }
        let prompts = PromptMaker(
            model: model,
            own: try wish.template.map(Self.template),
            think: wish.common.think,
            today: .now
        )
        var job = TextJob(
            core: core,
            model: model,
            wish.common,
            call: try call(wish, model, prompts),
            claim: claim
        )
        job.wantsTokens = !wish.isRaw && wish.images.isEmpty
        job.context = wish.context
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

    private func call(
        _ wish: GenerateRequest,
        _ model: LanguageModel,
        _ prompts: PromptMaker
    ) throws -> TextJob.Call {
        guard wish.images.isEmpty || wish.context.isEmpty else {
            throw Refusal(
                400,
                code: "no_images_here",
                "images are not taken with a context; send the conversation to /api/chat"
            )
        }
        let asked = ChatRequest.Message(
            ChatMessage(role: "user", content: wish.prompt),
            images: wish.images
        )
        if wish.isRaw { return prompts.raw([asked]) }
        var messages: [ChatRequest.Message] = []
        if let system = wish.system ?? model.contents.system, !system.isEmpty {
            messages.append(.init(ChatMessage(role: "system", content: system)))
        }
        if wish.context.isEmpty { messages += model.messages.map { .init($0) } }
        messages.append(asked)
        return try prompts.text(messages, suffix: wish.suffix ?? "")
    }

    private static func template(_ text: String) throws(Refusal) -> PromptTemplate {
        do {
            return try PromptTemplate(text)
        } catch {
            throw Refusal(badRequest: "the template cannot be used: \(error)")
        }
    }
}
