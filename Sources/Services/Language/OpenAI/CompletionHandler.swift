internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import ModelStore
internal import POSIX
internal import ServiceKit

/// `/v1/completions`: texts that go on with prompts.
struct CompletionHandler: Sendable {
    let core: LanguageCore

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let arrived = MonotonicTime.now
        let wish = try CompletionRequest(RequestBody.json(of: request))
        let claim = try core.claim(request)
        let model = try await core.served(wish.common.model)
        try check(wish, model)
        let jobs = try wish.prompts.flatMap { prompt in
            try job(prompt, wish, model, claim).repeated(wish.count)
        }
        let answer = TextAnswer(
            core: core,
            shape: CompletionShape(
                id: core.identifier("cmpl-"),
                model: wish.common.model,
                created: WallTime.now.seconds,
                wish
            ),
            errors: .openAIDoor,
            requestID: request.id,
            arrived: arrived
        )
        return try await OpenAIErrors.told(wish.common, prompt: "prompt") {
            try await answer.answer(jobs, streams: wish.common.streams)
        }
    }

    private func check(_ wish: CompletionRequest, _ model: LanguageModel) throws(Refusal) {
        let name = wish.common.model
        guard model.can(.completion) else {
            throw Refusal(badRequest: "\"\(name)\" does not support generate", field: "model")
        }
        if wish.common.think?.isOn == true, !model.can(.thinking) {
            throw Refusal(
                badRequest: "\"\(name)\" does not support thinking",
                field: "reasoning_effort"
            )
        }
        if wish.suffix != nil, !model.can(.insert) {
            throw Refusal(
                badRequest: "\(model.stored.name.full) does not support insert",
                field: "suffix"
            )
        }
    }

    private func job(
        _ prompt: CompletionRequest.Prompt,
        _ wish: CompletionRequest,
        _ model: LanguageModel,
        _ claim: RequestClaim
    ) throws -> TextJob {
        let prompts = PromptMaker(model: model, think: wish.common.think, today: .now)
        let call: TextJob.Call
        var context: [Int] = []
        switch prompt {
        case .tokens(let tokens):
            call = prompts.raw([])
            context = tokens
        case .text(let text):
            let turn = ChatRequest.Message(ChatMessage(role: "user", content: text))
            call =
                wish.isRaw
                ? prompts.raw([turn])
                : try prompts.text(model.history([turn]), suffix: wish.suffix ?? "")
        }
        var job = TextJob(
            core: core,
            model: model,
            wish.common,
            call: call,
            claim: claim,
            usual: GenerationFields.doorOptions
        )
        job.context = context
        return job
    }
}
