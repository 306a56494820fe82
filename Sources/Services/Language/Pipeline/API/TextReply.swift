package import JSON

/// The objects of which answers of `/api/chat` and `/api/generate` consist.
package struct TextReply: AnswerShape {
    /// One object a line.
    package static let streamType = "application/x-ndjson"

    /// Which of the two is answered.
    package enum Kind: Sendable, Hashable {
        case chat
        case generate
    }

    private let kind: Kind
    private let model: String

    /// Makes the objects of one answer.
    ///
    /// - Parameters:
    ///   - kind: Which of the two is answered.
    ///   - model: The model, as the client named it.
    package init(_ kind: Kind, model: String) {
        self.kind = kind
        self.model = model
    }

    /// A line of a stream that brings a piece.
    ///
    /// - Parameters:
    ///   - piece: The piece.
    ///   - moment: When it is sent, in RFC 3339.
    package func line(_ piece: GenerationPiece, at moment: String) -> [UInt8] {
        var writer = JSONWriter(reserving: 160 + piece.content.utf8.count)
        writer.beginObject()
        writeStart(&writer, moment)
        writeText(&writer, piece)
        writer.name("done")
        writer.bool(false)
        if !piece.probabilities.isEmpty {
            writer.name("logprobs")
            writer.value(.array(piece.probabilities))
        }
        writer.endObject()
        var bytes = writer.finish()
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// The last object of a stream, or the only one of an answer that comes as a whole.
    ///
    /// - Parameters:
    ///   - piece: The whole answer; nothing at the end of a stream.
    ///   - figures: What it took.
    ///   - moment: When it is sent, in RFC 3339.
    package func end(
        _ piece: GenerationPiece,
        _ figures: AnswerFigures,
        at moment: String
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: 512 + piece.content.utf8.count)
        writer.beginObject()
        writeStart(&writer, moment)
        writeText(&writer, piece)
        writer.name("done")
        writer.bool(true)
        writer.name("done_reason")
        writer.string(figures.end.reason.rawValue)
        if !piece.probabilities.isEmpty {
            writer.name("logprobs")
            writer.value(.array(piece.probabilities))
        }
        if !figures.context.isEmpty {
            writer.name("context")
            writer.value(.array(figures.context.map { JSONValue($0) }))
        }
        write(figures, to: &writer)
        writer.endObject()
        return writer.finish()
    }

    /// The answer to a request that only loads or unloads the model.
    ///
    /// - Parameters:
    ///   - reason: "load" or "unload".
    ///   - moment: When it is sent, in RFC 3339.
    package func bare(_ reason: String, at moment: String) -> JSONValue {
        let text: (String, JSONValue) =
            switch kind {
            case .chat: ("message", ["role": "assistant", "content": ""])
            case .generate: ("response", "")
            }
        return .object(
            JSONObject([
                ("model", .string(model)), ("created_at", .string(moment)), text, ("done", true),
                ("done_reason", .string(reason)),
            ])
        )
    }

    // MARK: Streams and wholes

    package func piece(
        _ piece: GenerationPiece,
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        line(piece, at: moment())
    }

    package func end(
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        end(GenerationPiece(), figures, at: moment()) + [UInt8(ascii: "\n")]
    }

    package func finish() -> [UInt8] { [] }

    package func failure(_ error: JSONValue) -> [UInt8] {
        error.serialized + [UInt8(ascii: "\n")]
    }

    package func whole(_ choices: [AnswerChoice], at moment: () -> String) -> [UInt8] {
        guard let only = choices.first else { return [] }
        return end(only.piece, only.figures, at: moment())
    }

    // MARK: Parts

    private func writeStart(_ writer: inout JSONWriter, _ moment: String) {
        writer.name("model")
        writer.string(model)
        writer.name("created_at")
        writer.string(moment)
    }

    private func writeText(_ writer: inout JSONWriter, _ piece: GenerationPiece) {
        if kind == .chat {
            writer.name("message")
            writer.beginObject()
            writer.name("role")
            writer.string("assistant")
            writer.name("content")
        } else {
            writer.name("response")
        }
        writer.string(piece.content)
        if !piece.thinking.isEmpty {
            writer.name("thinking")
            writer.string(piece.thinking)
        }
        if !piece.calls.isEmpty {
            writer.name("tool_calls")
            writer.value(.array(piece.calls.map(Self.json)))
        }
        if kind == .chat { writer.endObject() }
    }

    private static func json(_ call: ChatMessage.ToolCall) -> JSONValue {
        [
            "id": .string(call.id),
            "function": [
                "index": JSONValue(call.index), "name": .string(call.name),
                "arguments": .object(call.arguments),
            ],
        ]
    }

    /// Writes the figures; those that are zero are left out, as clients know it.
    private func write(_ figures: AnswerFigures, to writer: inout JSONWriter) {
        let end = figures.end
        let numbers: [(String, Int64)] = [
            ("total_duration", figures.total.wholeNanoseconds),
            ("load_duration", figures.loading.wholeNanoseconds),
            ("prompt_eval_count", Int64(end.promptTokens)),
            ("prompt_eval_cached_count", Int64(end.cachedTokens)),
            ("prompt_eval_duration", end.promptTime.wholeNanoseconds),
            ("eval_count", Int64(end.generatedTokens)),
            ("eval_duration", end.generationTime.wholeNanoseconds),
            // Beyond what Ollama tells: what was left out, and how often another engine went on.
            ("truncated_messages", Int64(figures.leftOut)),
            ("resumed", Int64(figures.restarts)),
        ]
        for (name, number) in numbers where number != 0 {
            writer.name(name)
            writer.integer(number)
        }
        if end.isTruncated {
            writer.name("truncated")
            writer.bool(true)
        }
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, fraction) = components
        return seconds * 1_000_000_000 + fraction / 1_000_000_000
    }
}
