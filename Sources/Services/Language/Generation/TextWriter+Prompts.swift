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
    /// - Returns: It with `[img-0]` and so on for its pictures, and how many those are.
    func prompt(
        of job: TextJob,
        _ history: TextJob.History
    ) async throws -> (text: String, pictures: Int) {
        try await turns.take(
            job.plan,
            of: job.model,
            for: job.claim,
            keepAlive: job.keepAlive
        ) { _, connection in
            let text = try await Self.prompt(history, job.think, connection)
            guard history.hasImages else { return (text, 0) }
            return PromptPictures.shown(text, marker: try await connection.pictureMarker())
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

    /// Tokens of pictures, in a prompt that any template makes.
    ///
    /// - Parameters:
    ///   - pictures: Pictures in base64.
    ///   - job: What would be asked for.
    func count(_ pictures: [JSONText], of job: TextJob) async throws -> Int {
        guard let first = pictures.first else { return 0 }
        func history(_ pictures: [JSONText]) -> TextJob.History {
            let entry = ChatRequest.Message(
                ChatMessage(role: "user", content: ""),
                images: pictures
            )
            return TextJob.History([entry], tools: [], isKept: [true])
        }
        // The template in the model's file has a part in both, and texts beside pictures are the same.
        return try await count(history(pictures + [first]), of: job)
            - count(history([first]), of: job)
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

extension EngineConnection {
    /// What stands for a picture in a prompt; each process of the engine has a secret one.
    func pictureMarker() async throws -> String {
        guard let marker = try await read("/props")["media_marker"]?.stringValue, !marker.isEmpty
        else { throw Self.nonsense("no marker of pictures in the answer of /props") }
        return marker
    }
}
