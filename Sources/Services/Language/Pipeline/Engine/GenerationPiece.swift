package import JSON

/// A part of an answer, as it comes from the engine.
package struct GenerationPiece: Sendable, Hashable {
    /// Text of the answer.
    package var content = ""
    /// Text of the thoughts before it.
    package var thinking = ""
    /// Calls of tools that are complete.
    package var calls: [ChatMessage.ToolCall] = []
    /// What is known of the probabilities of its tokens, in Ollama's form.
    package var probabilities: [JSONValue] = []
    /// The numbers of its tokens, where the engine tells them.
    package var tokens: [Int] = []

    /// Nothing.
    package init() {}

    /// Whether there is nothing for a client in it.
    package var isEmpty: Bool {
        content.isEmpty && thinking.isEmpty && calls.isEmpty && probabilities.isEmpty
    }

    /// Tokens of thoughts in it; where the engine does not number tokens, a piece is one.
    package var thoughts: Int { thinking.isEmpty ? 0 : max(1, tokens.count) }

    /// Adds what came later.
    ///
    /// - Parameter other: The later part.
    package mutating func append(_ other: GenerationPiece) {
        content += other.content
        thinking += other.thinking
        calls += other.calls
        probabilities += other.probabilities
        tokens += other.tokens
    }
}

/// How a generation ended, and what it took.
package struct GenerationEnd: Sendable, Hashable {
    /// Why it ended, in Ollama's words.
    package enum Reason: String, Sendable, Hashable {
        /// The model was done, or a text to stop at came.
        case stop
        /// The limit of tokens or the context was reached.
        case length
    }

    /// Why it ended.
    package var reason = Reason.stop
    /// Tokens of the prompt, cached ones included.
    package var promptTokens = 0
    /// Tokens of the prompt that were still known from an earlier one.
    package var cachedTokens = 0
    /// Tokens that were generated.
    package var generatedTokens = 0
    /// How long the prompt took.
    package var promptTime = Duration.zero
    /// How long generating took.
    package var generationTime = Duration.zero
    /// The text to stop at that came, where the engine was asked to tell.
    package var stopWord: String?
    /// Whether the engine left out a part of the prompt.
    package var isTruncated = false

    /// Nothing happened.
    package init() {}

    /// Reads the `timings` of the engine's last event.
    mutating func read(timings: JSONValue?) {
        guard let timings else { return }
        let processed = timings["prompt_n"]?.integerValue ?? 0
        cachedTokens = timings["cache_n"]?.integerValue ?? 0
        promptTokens = processed + cachedTokens
        generatedTokens = timings["predicted_n"]?.integerValue ?? 0
        promptTime = Self.time(timings["prompt_ms"])
        generationTime = Self.time(timings["predicted_ms"])
    }

    /// Makes its times shorter, where the engine was stopped for a part of them.
    ///
    /// - Parameter share: The part in which it ran, from 0 to 1.
    package mutating func scaleTimes(by share: Double) {
        promptTime = promptTime * share
        generationTime = generationTime * share
    }

    private static func time(_ milliseconds: JSONValue?) -> Duration {
        .nanoseconds(Int64(min(max(milliseconds?.doubleValue ?? 0, 0), 1e12) * 1e6))
    }
}
