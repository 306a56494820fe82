internal import JSON

/// Probabilities of tokens, from llama-server's form to Ollama's.
enum TokenProbabilities {
    /// - Parameters:
    ///   - list: llama-server's list, of `/completion` or of a chat's `logprobs.content`.
    ///   - alternatives: How many other tokens are told beside each one.
    static func list(_ list: JSONValue?, alternatives: Int) -> [JSONValue] {
        (list?.arrayValue ?? []).map { entry in
            var object = token(entry)
            if alternatives > 0 {
                let others = entry["top_logprobs"]?.arrayValue ?? []
                object["top_logprobs"] = .array(
                    others.prefix(alternatives).map { .object(token($0)) }
                )
            }
            return .object(object)
        }
    }

    private static func token(_ entry: JSONValue) -> JSONObject {
        // Where a token is impossible the engine's number is below every finite one.
        let value = entry["logprob"]?.doubleValue ?? 0
        return [
            "token": entry["token"] ?? "", "logprob": .number(min(value, 0)),
            "bytes": entry["bytes"] ?? [],
        ]
    }
}
