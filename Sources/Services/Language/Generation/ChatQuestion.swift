internal import JSON
internal import LanguagePipeline

/// What an engine is asked for the next message of a conversation, but for the place of the prompt.
///
/// Made while the manager is asked for the turn, where that takes no time worth mentioning: nobody
/// waits for it then.
struct ChatQuestion: Sendable {
    /// What the engine goes on with and will repeat.
    let begun: GenerationPiece
    /// What the prompt is made of, by which its conversation is known; empty where none are kept.
    let marked: [UInt8]
    /// The request, without the brace at its end.
    private let body: [UInt8]

    /// - Parameters:
    ///   - job: What is asked for.
    ///   - history: Its conversation.
    ///   - said: What other engines have said of the answer.
    ///   - generated: How many tokens that was.
    init(
        _ job: TextJob,
        _ history: TextJob.History,
        after said: GenerationPiece = GenerationPiece(),
        generated: Int = 0
    ) {
        var messages = history.messages
        // The engine goes on with a message of its own at the end: the client's, ours, or both as one.
        var begun = GenerationPiece()
        begun.content = (history.begun ?? "") + said.content
        begun.thinking = said.thinking
        if !said.isEmpty {
            if history.begun != nil { messages.removeLast() }
            var message = ChatMessage(role: "assistant", content: begun.content)
            message.thinking = begun.thinking
            messages.append(EngineBody.message(message))
        }
        self.begun = begun
        marked =
            job.plan.conversations == nil
            ? [] : TextWriter.marked(messages, history.tools)
        var parameters = job.parameters(after: generated)
        // The engine tells of each event all it knows.
        if job.wantsStopWord { parameters["verbose"] = true }
        let request = EngineBody.chat(
            parameters,
            messages: messages,
            tools: history.tools,
            calls: history.calls,
            think: job.think,
            format: job.format,
            probabilities: job.probabilities
        )
        body = request.serialized.dropLast()
    }

    /// The request's JSON.
    ///
    /// - Parameter slot: The prompt's place; nil for the one that the engine chooses.
    func request(slot: Int?) -> [UInt8] {
        body + Array((slot.map { ",\"id_slot\":\($0)}" } ?? "}").utf8)
    }
}

extension TextJob {
    /// The parameters for what is left to write.
    ///
    /// - Parameter generated: Tokens that were written before.
    func parameters(after generated: Int) -> JSONObject {
        var parameters = parameters
        if let limit = parameters["n_predict"]?.integerValue {
            parameters["n_predict"] = JSONValue(max(0, limit - generated))
        }
        return parameters
    }
}
