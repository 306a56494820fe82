internal import HTTPService
internal import LanguagePipeline
internal import POSIX
internal import ServiceKit

/// Requests without a prompt, which load a model or let it go.
struct LoadHandler: Sendable {
    let core: LanguageCore

    /// Loads or unloads; the answer is one object even where others would be streamed.
    func answer(
        _ model: LanguageModel,
        _ common: GenerationFields,
        _ reply: TextReply,
        _ claim: RequestClaim
    ) async throws -> HTTPResponse {
        if common.keepAlive == .nanoseconds(0) {
            do {
                try await core.unload(model)
            } catch {
                throw DeviceWords.translated(error)
            }
            return .json(reply.bare("unload", at: WallTime.now.rfc3339))
        }
        let options = common.options.falling(backTo: model.parameters)
        let plan = core.plan(model, options, for: .text, shifts: common.shifts)
        do {
            try await core.load(model, plan, claim, common.keepAlive)
        } catch {
            throw DeviceWords.translated(error)
        }
        return .json(reply.bare("load", at: WallTime.now.rfc3339))
    }
}
