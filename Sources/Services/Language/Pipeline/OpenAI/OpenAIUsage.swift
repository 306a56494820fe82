internal import JSON

/// What an answer took, in tokens.
struct OpenAIUsage: Sendable {
    private(set) var prompt = 0
    private(set) var cached = 0
    private(set) var generated = 0
    private var hasPrompt = false

    /// Adds a choice; the prompt is the same for all of them.
    mutating func add(_ end: GenerationEnd) {
        generated += end.generatedTokens
        guard !hasPrompt else { return }
        hasPrompt = true
        prompt = end.promptTokens
        cached = end.cachedTokens
    }

    /// As chats and completions tell it.
    var json: JSONValue {
        [
            "prompt_tokens": JSONValue(prompt), "completion_tokens": JSONValue(generated),
            "total_tokens": JSONValue(prompt + generated),
            "prompt_tokens_details": ["cached_tokens": JSONValue(cached)],
        ]
    }
}
