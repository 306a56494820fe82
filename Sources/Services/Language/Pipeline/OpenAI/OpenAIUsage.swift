internal import JSON

/// What an answer took, in tokens.
struct OpenAIUsage: Sendable {
    private(set) var prompt = 0
    private(set) var cached = 0
    private(set) var generated = 0
    private(set) var thoughts = 0

    /// Adds a choice; a prompt that several have in common counts once.
    mutating func add(_ figures: AnswerFigures, isNewPrompt: Bool) {
        let end = figures.end
        thoughts += figures.thoughts
        generated += end.generatedTokens
        guard isNewPrompt else { return }
        prompt += end.promptTokens
        cached += end.cachedTokens
    }

    /// As chats and completions tell it.
    var json: JSONValue {
        [
            "prompt_tokens": JSONValue(prompt), "completion_tokens": JSONValue(generated),
            "total_tokens": JSONValue(prompt + generated),
            "prompt_tokens_details": ["cached_tokens": JSONValue(cached)],
            "completion_tokens_details": ["reasoning_tokens": JSONValue(thoughts)],
        ]
    }
}
