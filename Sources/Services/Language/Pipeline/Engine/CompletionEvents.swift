package import JSON

/// Reads the events of llama-server's `/completion`.
package struct CompletionEvents: Sendable {
    /// How the answer ended; nil until it has.
    package private(set) var end: GenerationEnd?
    /// Tokens of the prompt, as soon as the engine has told.
    package var promptTokens: Int { soFar.promptTokens }
    private let alternatives: Int
    private var soFar = GenerationEnd()

    /// Begins with an answer.
    ///
    /// - Parameter alternatives: How many other tokens are told beside each one.
    package init(alternatives: Int = 0) {
        self.alternatives = alternatives
    }

    /// Takes an event in.
    ///
    /// - Parameter event: The event's data.
    /// - Returns: What it brings.
    package mutating func take(_ event: JSONValue) -> GenerationPiece {
        var piece = GenerationPiece()
        piece.content = event["content"]?.stringValue ?? ""
        piece.tokens = event["tokens"]?.arrayValue?.compactMap(\.integerValue) ?? []
        piece.probabilities = TokenProbabilities.list(
            event["completion_probabilities"],
            alternatives: alternatives
        )
        soFar.promptTokens = event["tokens_evaluated"]?.integerValue ?? soFar.promptTokens
        soFar.generatedTokens += piece.tokens.count
        guard event["stop"] == true else { return piece }
        var end = GenerationEnd()
        end.read(timings: event["timings"])
        end.isTruncated = event["truncated"] == true
        end.stopWord = event["stopping_word"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        end.reason = event["stop_type"] == "limit" ? .length : .stop
        self.end = end
        return piece
    }

    /// The answer ends here, whatever the engine would say.
    package mutating func breakOff() {
        end = soFar
    }
}
