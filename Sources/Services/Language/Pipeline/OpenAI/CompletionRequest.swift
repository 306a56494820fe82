package import JSON

/// A request to `/v1/completions`.
package struct CompletionRequest: Sendable {
    /// What is to be gone on with.
    package enum Prompt: Sendable, Hashable {
        /// A text, which the model's template frames unless the request is raw.
        case text(String)
        /// The numbers of tokens, as they are.
        case tokens([Int])
    }

    /// What requests for text have in common.
    package var common: GenerationFields
    /// The prompts, each of which has its own answers.
    package var prompts: [Prompt]
    /// What comes after the text that is asked for; nil when there is nothing.
    package var suffix: String?
    /// How many answers to each prompt.
    package var count: Int
    /// Whether answers begin with their prompts.
    package var echoes: Bool
    /// Whether texts go to the model as they are.
    package var isRaw: Bool
    /// Whether a stream ends with what it took.
    package var includesUsage: Bool

    /// Most tokens of one prompt.
    private static let longest = 1 << 20

    /// Reads a request.
    ///
    /// - Parameter json: The body.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(_ json: JSONValue) throws {
        let fields = try OpenAIFields.object(json)
        var common = GenerationFields(
            model: try OpenAIFields.model(fields),
            streams: try fields.bool("stream") ?? false
        )
        try OpenAIFields.sampling(fields, limits: ["max_tokens"], into: &common)
        common.think = try OpenAIFields.think(fields)
        common.format = try OpenAIFields.format(
            fields.fields("response_format"),
            "response_format",
            isNested: true
        )
        let others = try fields.integer("logprobs", in: 0...20)
        common.tellsProbabilities = others != nil
        common.alternatives = others ?? 0
        self.common = common
        prompts = try Self.prompts(fields)
        suffix = try fields.string("suffix").flatMap { $0.isEmpty ? nil : $0 }
        count = try fields.integer("n", in: 1...ChatCompletionRequest.mostAnswers) ?? 1
        echoes = try fields.bool("echo") ?? false
        isRaw = try fields.bool("raw") ?? false
        includesUsage = try ChatCompletionRequest.usage(fields, streams: common.streams)
        try check(fields)
    }

    private func check(_ fields: JSONFields) throws {
        guard prompts.count * count <= ChatCompletionRequest.mostAnswers else {
            throw Refusal(
                badRequest: "more than \(ChatCompletionRequest.mostAnswers) answers",
                field: "prompt"
            )
        }
        if let best = try fields.integer("best_of"), best != count {
            throw Refusal(badRequest: "all answers that are written are told", field: "best_of")
        }
        if echoes, common.tellsProbabilities {
            throw Refusal(badRequest: "probabilities of prompts are not known", field: "echo")
        }
        let hasTokens = prompts.contains { if case .tokens = $0 { true } else { false } }
        if hasTokens, echoes || suffix != nil {
            throw Refusal(
                badRequest: "a prompt of tokens has neither an echo nor a suffix",
                field: echoes ? "echo" : "suffix"
            )
        }
        if isRaw, suffix != nil {
            throw Refusal(badRequest: "a raw prompt has no suffix", field: "suffix")
        }
    }

    /// A text, texts, tokens, or lists of tokens.
    private static func prompts(_ fields: JSONFields) throws -> [Prompt] {
        let value = try fields.require("prompt", fields.value("prompt"))
        if let text = value.stringValue { return [.text(text)] }
        guard let list = value.arrayValue, let first = list.first else {
            throw fields.error("prompt", "must be a text, texts, or numbers of tokens")
        }
        if first.integerValue != nil { return [.tokens(try tokens(value, fields, "prompt"))] }
        guard list.count <= ChatCompletionRequest.mostAnswers else {
            throw fields.error("prompt", "has more than \(ChatCompletionRequest.mostAnswers) items")
        }
        return try list.enumerated().map { index, item in
            if let text = item.stringValue { return .text(text) }
            return .tokens(try tokens(item, fields, "prompt[\(index)]"))
        }
    }

    /// The numbers of tokens.
    static func tokens(_ value: JSONValue, _ fields: JSONFields, _ name: String) throws -> [Int] {
        guard let list = value.arrayValue, (1...longest).contains(list.count) else {
            throw fields.error(name, "must be a text, or a list of numbers of tokens")
        }
        return try list.map { item in
            guard let token = item.integerValue, (0...Int(Int32.max)).contains(token) else {
                throw fields.error(name, "must be a list of numbers of tokens")
            }
            return token
        }
    }
}
