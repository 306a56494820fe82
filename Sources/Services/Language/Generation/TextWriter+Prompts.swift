internal import DeviceClient
internal import JSON
internal import LanguagePipeline
internal import LlamaServer
internal import ServiceKit

/// What the engine says of prompts: their text and their tokens.
extension TextWriter {
    /// The prompt that the template in the model's file makes, without an answer.
    ///
    /// - Parameter job: What would be asked for.
    func prompt(of job: TextJob, _ history: TextJob.History) async throws -> String {
        try await turns.take(
            job.plan,
            of: job.model,
            for: job.claim,
            keepAlive: job.keepAlive
        ) { _, connection in
            try await Self.prompt(history, job.think, connection)
        }
    }

    /// Tokens of the prompt that the template in the model's file makes, pictures included.
    ///
    /// - Parameter job: What would be asked for.
    func count(_ history: TextJob.History, of job: TextJob) async throws -> Int {
        try await turns.take(
            job.plan,
            of: job.model,
            for: job.claim,
            keepAlive: job.keepAlive
        ) { _, connection in
            let reply = try await connection.call(
                "/v1/chat/completions/input_tokens",
                EngineBody.chat(
                    job.parameters,
                    messages: history.messages,
                    tools: history.tools,
                    think: job.think,
                    // The form of the answer is no part of the prompt.
                    format: .free,
                    probabilities: nil
                )
            )
            guard let count = reply["input_tokens"]?.integerValue else {
                throw EngineConnection.nonsense("no count in the answer of input_tokens")
            }
            return count
        }
    }

    static func prompt(
        _ history: TextJob.History,
        _ think: ThinkWish?,
        _ connection: EngineConnection
    ) async throws -> String {
        let reply = try await connection.call("/apply-template", templateBody(history, think))
        guard let text = reply["prompt"]?.stringValue else {
            throw EngineConnection.nonsense("no prompt in the answer of /apply-template")
        }
        return text
    }

    private static func templateBody(
        _ conversation: TextJob.History,
        _ think: ThinkWish?
    ) -> JSONValue {
        var body: JSONObject = ["messages": .array(conversation.messages)]
        if !conversation.tools.isEmpty {
            body["tools"] = .array(conversation.tools.map(\.json))
        }
        if let think { body["chat_template_kwargs"] = EngineBody.templateWords(think) }
        return .object(body)
    }

    /// The tokens of a prompt that is too long: its start and its end, so that half of the rest of the
    /// context is free.
    func cut(
        _ text: String,
        _ job: TextJob,
        _ connection: EngineConnection
    ) async throws -> [Int] {
        let tokens = try await self.tokens(of: text, job, connection)
        let context = job.plan.context
        let kept = min(max(job.parameters["n_keep"]?.integerValue ?? 0, 0), context / 2)
        let limit = context - max((context - kept) / 2, 1)
        guard tokens.count > limit else { return tokens }
        return Array(tokens.prefix(kept)) + tokens.suffix(limit - kept)
    }

    func tokens(
        of text: String,
        _ job: TextJob,
        _ connection: EngineConnection
    ) async throws -> [Int] {
        let reply = try await connection.call(
            "/tokenize",
            [
                "content": .string(text), "add_special": .bool(job.context.isEmpty),
                "parse_special": true,
            ]
        )
        return job.context + (reply["tokens"]?.arrayValue?.compactMap(\.integerValue) ?? [])
    }
}
