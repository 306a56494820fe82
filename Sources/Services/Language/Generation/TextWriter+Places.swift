internal import JSON
internal import LanguagePipeline
internal import LlamaServer

/// The places that prompts have in engines, where conversations are kept.
extension TextWriter {
    /// Finds a place for a prompt.
    ///
    /// - Parameter prompt: Makes the prompt's text, or what that is made of.
    func enter(
        _ job: TextJob,
        _ connection: EngineConnection,
        _ progress: borrowing Progress,
        _ prompt: () -> [UInt8]
    ) async throws -> ConversationKeeper.Seat? {
        guard let keeper, let engine = progress.engine, job.plan.conversations != nil else {
            return nil
        }
        return try await keeper.enter(job, engine, prompt: prompt(), over: connection)
    }

    /// A prompt's answer has ended, however that came about.
    func leave(_ seat: ConversationKeeper.Seat?, _ progress: borrowing Progress) {
        guard let keeper, let seat else { return }
        let end = progress.outcome.end
        keeper.leave(
            seat,
            tokens: end.promptTokens + max(end.generatedTokens, progress.generated),
            cached: end.cachedTokens
        )
    }

    /// What the template in the model's file makes a prompt of, in the order in which it mostly does.
    static func marked(_ messages: [JSONValue], _ tools: [Tool]) -> [UInt8] {
        (tools.map(\.json) + messages).flatMap(\.serialized)
    }
}
