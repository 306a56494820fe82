internal import JSON
internal import LanguagePipeline
internal import ModelStore
internal import POSIX
internal import ServiceKit

extension TextJob {
    /// What a conversation of OpenAI's or Anthropic's clients asks for.
    ///
    /// - Throws: `Refusal` when the model cannot do it.
    init(
        core: LanguageCore,
        model: LanguageModel,
        _ wish: ConversationWish,
        claim: RequestClaim
    ) throws {
        try Self.check(wish, model)
        let tools = try wish.callable()
        var common = wish.common
        let prompts = PromptMaker(model: model, think: common.think, today: .now)
        var call = try prompts.call(
            model.history(wish.messages),
            tools: tools,
            tellsProbabilities: common.tellsProbabilities
        )
        switch call {
        case .completion(var prompt):
            if wish.choice.isDemanded {
                // The form of the answer is ours to choose, since nobody else reads it.
                common.format = .schema(CallForm.schema(of: tools))
                prompt.reader = AnswerReader(
                    thinking: nil,
                    calls: ToolCallReader(tag: CallForm.tag, tools: tools)
                )
                call = .completion(prompt)
            }
        case .chat(var history)
        where wish.choice.isDemanded && model.hasJinja && !model.can(.thinking)
            && !history.hasImages:
            // Of itself the engine lets text come before a call that must come, without end.
            common.format = .schema(CallForm.schema(of: tools))
            history.calls.isDemanded = true
            call = .rendered(history)
        case .chat(var history):
            guard !common.tellsProbabilities || tools.isEmpty else {
                throw Refusal(
                    badRequest: "this model does not tell probabilities where tools may be called",
                    field: "logprobs"
                )
            }
            history.calls.isDemanded = wish.choice.isDemanded
            history.calls.allowsSeveral = wish.allowsSeveralCalls
            call = .chat(history)
        case .rendered: break
        }
        self.init(
            core: core,
            model: model,
            common,
            call: call,
            claim: claim,
            usual: GenerationFields.doorOptions
        )
        if !wish.allowsSeveralCalls { mostCalls = 1 }
        // The engine knows where thoughts begin and end by the template in the model's file alone.
        if let limit = wish.thinkingLimit {
            parameters["thinking_budget_tokens"] = JSONValue(limit)
        }
    }

    private static func check(
        _ wish: ConversationWish,
        _ model: LanguageModel
    ) throws(Refusal) {
        let name = wish.common.model
        guard model.can(.completion) else {
            throw Refusal(badRequest: "\"\(name)\" does not support chat", field: "model")
        }
        if !wish.tools.isEmpty, !model.can(.tools) {
            throw Refusal(
                badRequest: "\(model.stored.name.full) does not support tools",
                field: "tools"
            )
        }
        if wish.common.think?.isOn == true, !model.can(.thinking) {
            throw Refusal(
                badRequest: "\"\(name)\" does not support thinking",
                field: "reasoning_effort"
            )
        }
        guard wish.messages.allSatisfy(\.images.isEmpty) || model.can(.vision) else {
            throw Refusal(badRequest: "\"\(name)\" does not support images", field: "messages")
        }
    }
}
