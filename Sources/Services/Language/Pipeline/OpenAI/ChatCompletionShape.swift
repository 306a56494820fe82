package import JSON

/// Answers of `/v1/chat/completions`.
package struct ChatCompletionShape: AnswerShape {
    /// Server-sent events.
    package static let streamType = "text/event-stream"

    private let id: String
    private let model: String
    private let created: Int
    private let includesUsage: Bool
    private let tellsProbabilities: Bool
    private var usage = OpenAIUsage()
    /// The choice whose first piece is out.
    private var begun: Int?
    private var hasCalls = false
    /// A piece of text up to the text, and from there on.
    private var textStart: [UInt8] = []
    private let textEnd: [UInt8]

    /// What stands for the version of what answers.
    package static let fingerprint = "fp_baton"

    /// Begins with an answer.
    ///
    /// - Parameters:
    ///   - id: The answer's id.
    ///   - model: The model, as the client named it.
    ///   - created: When the request came, in seconds since 1970.
    ///   - wish: What was asked for.
    package init(id: String, model: String, created: Int, _ wish: ChatCompletionRequest) {
        self.id = id
        self.model = model
        self.created = created
        includesUsage = wish.includesUsage
        tellsProbabilities = wish.conversation.common.tellsProbabilities
        let usage = includesUsage ? #","usage":null"# : ""
        textEnd = Array(#"},"logprobs":null,"finish_reason":null}]\#(usage)}\#n\#n"#.utf8)
    }

    // MARK: Streams

    package mutating func piece(
        _ piece: GenerationPiece,
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        let start = begin(choice)
        guard piece.thinking.isEmpty, piece.calls.isEmpty, piece.probabilities.isEmpty else {
            return start + full(piece, choice)
        }
        // Nearly every piece is text alone.
        var writer = JSONWriter(appendingTo: start + textStart)
        writer.string(piece.content)
        return writer.finish() + textEnd
    }

    package mutating func end(
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        let start = begin(choice)
        usage.add(figures, isNewPrompt: choice == 0)
        let reason = Self.reason(figures.end, hasCalls: hasCalls)
        return start + chunk([:], choice, reason: .string(reason))
    }

    package mutating func finish() -> [UInt8] {
        OpenAIStream.end(head("chat.completion.chunk"), includesUsage ? usage : nil)
    }

    package func failure(_ error: JSONValue) -> [UInt8] { OpenAIStream.event(error) }

    /// The first chunk of a choice, which names the role; nothing later.
    private mutating func begin(_ choice: Int) -> [UInt8] {
        guard begun != choice else { return [] }
        begun = choice
        hasCalls = false
        let object = JSONValue.object(head("chat.completion.chunk")).serialized.dropLast()
        let middle = #","choices":[{"index":\#(choice),"delta":{"content":"#
        textStart = Array("data: ".utf8) + object + Array(middle.utf8)
        return chunk(["role": "assistant", "content": ""], choice, reason: .null)
    }

    private mutating func full(_ piece: GenerationPiece, _ choice: Int) -> [UInt8] {
        var delta: JSONObject = [:]
        if !piece.thinking.isEmpty { delta["reasoning"] = .string(piece.thinking) }
        if !piece.content.isEmpty { delta["content"] = .string(piece.content) }
        if !piece.calls.isEmpty {
            hasCalls = true
            delta["tool_calls"] = .array(
                piece.calls.map { call in
                    var object: JSONObject = ["index": JSONValue(call.index)]
                    for (name, value) in Self.call(call).members { object[name] = value }
                    return .object(object)
                }
            )
        }
        return chunk(
            delta,
            choice,
            reason: .null,
            probabilities: piece.probabilities.isEmpty ? nil : piece.probabilities
        )
    }

    private func chunk(
        _ delta: JSONObject,
        _ choice: Int,
        reason: JSONValue,
        probabilities: [JSONValue]? = nil
    ) -> [UInt8] {
        var object = head("chat.completion.chunk")
        object["choices"] = [
            [
                "index": JSONValue(choice), "delta": .object(delta),
                "logprobs": probabilities.map(Self.logprobs) ?? .null, "finish_reason": reason,
            ]
        ]
        if includesUsage { object["usage"] = .null }
        return OpenAIStream.event(.object(object))
    }

    // MARK: Wholes

    package mutating func whole(_ choices: [AnswerChoice], at moment: () -> String) -> [UInt8] {
        var object = head("chat.completion")
        var list: [JSONValue] = []
        for (index, choice) in choices.enumerated() {
            usage.add(choice.figures, isNewPrompt: index == 0)
            let piece = choice.piece
            let reason = Self.reason(choice.figures.end, hasCalls: !piece.calls.isEmpty)
            list.append([
                "index": JSONValue(index), "message": .object(Self.message(piece)),
                "logprobs": tellsProbabilities ? Self.logprobs(piece.probabilities) : .null,
                "finish_reason": .string(reason),
            ])
        }
        object["choices"] = .array(list)
        object["usage"] = usage.json
        return JSONValue.object(object).serialized
    }

    private static func message(_ piece: GenerationPiece) -> JSONObject {
        // Calls alone are no text.
        let isSilent = piece.content.isEmpty && !piece.calls.isEmpty
        var message: JSONObject = [
            "role": "assistant", "content": isSilent ? .null : .string(piece.content),
            "refusal": .null,
        ]
        if !piece.thinking.isEmpty { message["reasoning"] = .string(piece.thinking) }
        if !piece.calls.isEmpty {
            message["tool_calls"] = .array(piece.calls.map { .object(call($0)) })
        }
        return message
    }

    // MARK: Parts

    private func head(_ kind: String) -> JSONObject {
        [
            "id": .string(id), "object": .string(kind), "created": JSONValue(created),
            "model": .string(model), "system_fingerprint": .string(Self.fingerprint),
        ]
    }

    private static func reason(_ end: GenerationEnd, hasCalls: Bool) -> String {
        end.reason == .length ? "length" : hasCalls ? "tool_calls" : "stop"
    }

    private static func call(_ call: ChatMessage.ToolCall) -> JSONObject {
        let arguments = JSONValue.object(call.arguments).serialized
        return [
            "id": .string(call.id), "type": "function",
            "function": [
                "name": .string(call.name),
                "arguments": .string(String(decoding: arguments, as: UTF8.self)),
            ],
        ]
    }

    private static func logprobs(_ list: [JSONValue]) -> JSONValue {
        let content = list.map { entry -> JSONValue in
            guard var object = entry.objectValue else { return entry }
            // The list is there even when nobody asked for others.
            object["top_logprobs"] = object["top_logprobs"] ?? []
            return .object(object)
        }
        return ["content": .array(content), "refusal": .null]
    }
}
