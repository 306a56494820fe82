internal import LanguagePipeline
internal import Logging
internal import ServiceKit

extension TextJob {
    /// What a request asks for.
    ///
    /// - Parameter usual: Options that count where neither the request nor the model says anything.
    init(
        core: LanguageCore,
        model: LanguageModel,
        _ common: GenerationFields,
        call: Call,
        claim: RequestClaim,
        usual: GenerationOptions = GenerationOptions()
    ) {
        let options = common.options.falling(backTo: model.parameters)
            .falling(backTo: usual)
        let plan = core.plan(model, options, for: .text, shifts: common.shifts)
        for name in common.options.unknown {
            core.logger.warning("an option is unknown", [("option", name)])
        }
        self.init(
            model: model,
            plan: plan,
            call: call,
            parameters: EngineBody.parameters(options, context: plan.context),
            think: common.think,
            format: common.format,
            probabilities: common.tellsProbabilities ? common.alternatives : nil,
            truncates: common.truncates,
            claim: claim,
            keepAlive: core.span(common.keepAlive)
        )
        shifts = common.shifts ?? core.shifts(model)
    }
}
