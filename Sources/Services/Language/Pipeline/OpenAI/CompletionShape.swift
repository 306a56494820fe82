package import JSON

/// Answers of `/v1/completions`.
package struct CompletionShape: AnswerShape {
    /// Server-sent events.
    package static let streamType = "text/event-stream"

    private let id: String
    private let model: String
    private let created: Int
    private let includesUsage: Bool
    /// Answers to each prompt.
    private let count: Int
    /// What each answer begins with, by its prompt.
    private let echoes: [String]
    private var usage = OpenAIUsage()
    /// The choice whose first piece is out.
    private var begun: Int?
    /// Characters of a choice that are out, from which the places of tokens are counted.
    private var offset = 0

    /// Begins with an answer.
    ///
    /// - Parameters:
    ///   - id: The answer's id.
    ///   - model: The model, as the client named it.
    ///   - created: When the request came, in seconds since 1970.
    ///   - wish: What was asked for.
    package init(id: String, model: String, created: Int, _ wish: CompletionRequest) {
        self.id = id
        self.model = model
        self.created = created
        includesUsage = wish.includesUsage
        count = wish.count
        echoes = wish.prompts.map { prompt in
            if case .text(let text) = prompt, wish.echoes { text } else { "" }
        }
    }

    // MARK: Streams

    package mutating func piece(
        _ piece: GenerationPiece,
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        let start = begin(choice)
        // Thoughts have no place in such an answer.
        guard !piece.content.isEmpty || !piece.probabilities.isEmpty else { return start }
        let probabilities =
            piece.probabilities.isEmpty ? .null : logprobs(piece.probabilities, &offset)
        return start + chunk(choice, piece.content, reason: .null, probabilities)
    }

    package mutating func end(
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        let start = begin(choice)
        usage.add(figures, isNewPrompt: choice % count == 0)
        return start + chunk(choice, "", reason: Self.reason(figures.end), .null)
    }

    package mutating func finish() -> [UInt8] {
        OpenAIStream.end(head, includesUsage ? usage : nil)
    }

    package func failure(_ error: JSONValue) -> [UInt8] { OpenAIStream.event(error) }

    private mutating func begin(_ choice: Int) -> [UInt8] {
        guard begun != choice else { return [] }
        begun = choice
        offset = 0
        let echo = echoes[choice / count]
        return echo.isEmpty ? [] : chunk(choice, echo, reason: .null, .null)
    }

    private func chunk(
        _ choice: Int,
        _ text: String,
        reason: JSONValue,
        _ probabilities: JSONValue
    ) -> [UInt8] {
        var object = head
        object["choices"] = [
            [
                "text": .string(text), "index": JSONValue(choice), "logprobs": probabilities,
                "finish_reason": reason,
            ]
        ]
        if includesUsage { object["usage"] = .null }
        return OpenAIStream.event(.object(object))
    }

    // MARK: Wholes

    package mutating func whole(_ choices: [AnswerChoice], at moment: () -> String) -> [UInt8] {
        var list: [JSONValue] = []
        for (index, choice) in choices.enumerated() {
            usage.add(choice.figures, isNewPrompt: index % count == 0)
            var offset = 0
            let probabilities = choice.piece.probabilities
            list.append([
                "text": .string(echoes[index / count] + choice.piece.content),
                "index": JSONValue(index),
                "logprobs": probabilities.isEmpty ? .null : logprobs(probabilities, &offset),
                "finish_reason": Self.reason(choice.figures.end),
            ])
        }
        var object = head
        object["choices"] = .array(list)
        object["usage"] = usage.json
        return JSONValue.object(object).serialized
    }

    // MARK: Parts

    private var head: JSONObject {
        [
            "id": .string(id), "object": "text_completion", "created": JSONValue(created),
            "model": .string(model),
            "system_fingerprint": .string(ChatCompletionShape.fingerprint),
        ]
    }

    private static func reason(_ end: GenerationEnd) -> JSONValue {
        end.reason == .length ? "length" : "stop"
    }

    /// Probabilities in the older form: a list for each kind of fact.
    private func logprobs(_ list: [JSONValue], _ offset: inout Int) -> JSONValue {
        var tokens: [JSONValue] = []
        var numbers: [JSONValue] = []
        var others: [JSONValue] = []
        var places: [JSONValue] = []
        for entry in list {
            let token = entry["token"]?.stringValue ?? ""
            tokens.append(.string(token))
            numbers.append(entry["logprob"] ?? 0)
            places.append(JSONValue(offset))
            offset += token.unicodeScalars.count
            let named = (entry["top_logprobs"]?.arrayValue ?? []).map { other in
                (other["token"]?.stringValue ?? "", other["logprob"] ?? 0)
            }
            others.append(.object(JSONObject(named)))
        }
        return [
            "tokens": .array(tokens), "token_logprobs": .array(numbers),
            "top_logprobs": .array(others), "text_offset": .array(places),
        ]
    }
}
