package import JSON

/// Answers of `/v1/messages`.
package struct MessagesShape: AnswerShape {
    /// Server-sent events.
    package static let streamType = "text/event-stream"

    /// What the block that is open holds.
    private enum Block {
        case text
        case thinking
    }

    private let id: String
    private let model: String
    private var hasBegun = false
    private var open: Block?
    /// Blocks that were opened.
    private var count = 0
    private var hasCalls = false

    /// Begins with an answer.
    ///
    /// - Parameters:
    ///   - id: The message's id.
    ///   - model: The model, as the client named it.
    package init(id: String, model: String) {
        self.id = id
        self.model = model
    }

    // MARK: Streams

    package mutating func piece(
        _ piece: GenerationPiece,
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        var bytes = begin(figures.end)
        if !piece.thinking.isEmpty {
            bytes += change(to: .thinking)
            bytes += delta("thinking", piece.thinking)
        }
        if !piece.content.isEmpty {
            bytes += change(to: .text)
            bytes += delta("text", piece.content)
        }
        for call in piece.calls { bytes += block(call) }
        return bytes
    }

    package mutating func end(
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        let (reason, word) = Self.reason(figures.end, hasCalls: hasCalls)
        return begin(figures.end) + change(to: nil)
            + Self.event([
                "type": "message_delta",
                "delta": ["stop_reason": reason, "stop_sequence": word],
                "usage": Self.usage(figures.end),
            ])
    }

    package func finish() -> [UInt8] { Self.event(["type": "message_stop"]) }

    package func failure(_ error: JSONValue) -> [UInt8] { Self.event(error) }

    private mutating func begin(_ end: GenerationEnd) -> [UInt8] {
        guard !hasBegun else { return [] }
        hasBegun = true
        var known = GenerationEnd()
        known.promptTokens = end.promptTokens
        let message = message([], reason: (.null, .null), known)
        return Self.event(["type": "message_start", "message": .object(message)])
    }

    /// Closes the block that is open unless it is of this kind, and opens one.
    private mutating func change(to kind: Block?) -> [UInt8] {
        guard kind != open else { return [] }
        var bytes: [UInt8] = []
        if let open {
            if case .thinking = open {
                // Nothing is signed, which clients that send it back need not know.
                bytes += event("content_block_delta", "delta", Self.signature)
            }
            bytes += stop()
        }
        open = kind
        guard let kind else { return bytes }
        count += 1
        let block: JSONValue =
            kind == .text
            ? ["type": "text", "text": ""]
            : ["type": "thinking", "thinking": "", "signature": ""]
        return bytes + event("content_block_start", "content_block", block)
    }

    private func stop() -> [UInt8] {
        Self.event(["type": "content_block_stop", "index": JSONValue(count - 1)])
    }

    private static let signature: JSONValue = ["type": "signature_delta", "signature": ""]

    private mutating func block(_ call: ChatMessage.ToolCall) -> [UInt8] {
        hasCalls = true
        var bytes = change(to: nil)
        count += 1
        let arguments = JSONValue.object(call.arguments).serialized
        bytes += event(
            "content_block_start",
            "content_block",
            ["type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": [:]]
        )
        bytes += event(
            "content_block_delta",
            "delta",
            [
                "type": "input_json_delta",
                "partial_json": .string(String(decoding: arguments, as: UTF8.self)),
            ]
        )
        return bytes + stop()
    }

    /// A piece of text, which nearly every event is: written without making values.
    private func delta(_ kind: String, _ text: String) -> [UInt8] {
        let start =
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"
            + "\(count - 1),\"delta\":{\"type\":\"\(kind)_delta\",\"\(kind)\":"
        var writer = JSONWriter(appendingTo: Array(start.utf8))
        writer.string(text)
        return writer.finish() + Array("}}\n\n".utf8)
    }

    /// An event about the block that was opened last.
    private func event(_ type: String, _ name: String, _ value: JSONValue) -> [UInt8] {
        Self.event(
            .object(
                JSONObject([
                    ("type", .string(type)), ("index", JSONValue(count - 1)), (name, value),
                ])
            )
        )
    }

    private static func event(_ value: JSONValue) -> [UInt8] {
        let type = value["type"]?.stringValue ?? "error"
        return Array("event: \(type)\ndata: ".utf8) + value.serialized + Array("\n\n".utf8)
    }

    // MARK: Wholes

    package mutating func whole(_ choices: [AnswerChoice], at moment: () -> String) -> [UInt8] {
        guard let choice = choices.first else { return [] }
        let piece = choice.piece
        var content: [JSONValue] = []
        if !piece.thinking.isEmpty {
            content.append([
                "type": "thinking", "thinking": .string(piece.thinking), "signature": "",
            ])
        }
        if !piece.content.isEmpty {
            content.append(["type": "text", "text": .string(piece.content)])
        }
        for call in piece.calls {
            content.append([
                "type": "tool_use", "id": .string(call.id), "name": .string(call.name),
                "input": .object(call.arguments),
            ])
        }
        let end = choice.figures.end
        let reason = Self.reason(end, hasCalls: !piece.calls.isEmpty)
        return JSONValue.object(message(content, reason: reason, end)).serialized
    }

    private func message(
        _ content: [JSONValue],
        reason: (JSONValue, JSONValue),
        _ end: GenerationEnd
    ) -> JSONObject {
        [
            "id": .string(id), "type": "message", "role": "assistant", "model": .string(model),
            "content": .array(content), "stop_reason": reason.0, "stop_sequence": reason.1,
            "usage": Self.usage(end),
        ]
    }

    /// Why an answer ended, and the text that ended it.
    private static func reason(
        _ end: GenerationEnd,
        hasCalls: Bool
    ) -> (JSONValue, JSONValue) {
        if end.reason == .length { return ("max_tokens", .null) }
        if hasCalls { return ("tool_use", .null) }
        if let word = end.stopWord { return ("stop_sequence", .string(word)) }
        return ("end_turn", .null)
    }

    /// Tokens that were still known are told apart from the others.
    private static func usage(_ end: GenerationEnd) -> JSONValue {
        [
            "input_tokens": JSONValue(end.promptTokens - end.cachedTokens),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": JSONValue(end.cachedTokens),
            "output_tokens": JSONValue(end.generatedTokens),
        ]
    }
}
