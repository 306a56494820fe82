package import JSON

/// Answers of `/v1/responses`.
package struct ResponsesShape: AnswerShape {
    /// Server-sent events.
    package static let streamType = "text/event-stream"

    /// The item that is open.
    private enum Item {
        case reasoning
        case message
    }

    /// What the answer's id begins with.
    package static let idStart = "resp_"

    /// The answer's id.
    package let id: String
    private let model: String
    private let created: Int
    private let echo: JSONObject
    private let isKept: Bool
    private var sequence = 0
    private var hasBegun = false
    private var open: Item?
    /// Text of the open item.
    private var text = ""
    private var probabilities: [JSONValue] = []
    /// The items that are complete.
    package private(set) var output: [JSONValue] = []
    private var end = AnswerFigures()
    /// The complete answer, once there is one.
    package private(set) var complete: JSONObject?

    /// Begins with an answer.
    ///
    /// - Parameters:
    ///   - id: The answer's id, which begins with `idStart`.
    ///   - model: The model, as the client named it.
    ///   - created: When the request came, in seconds since 1970.
    ///   - wish: What was asked for.
    ///   - isKept: Whether the answer is kept.
    package init(
        id: String,
        model: String,
        created: Int,
        _ wish: ResponsesRequest,
        isKept: Bool
    ) {
        self.id = id
        self.model = model
        self.created = created
        echo = wish.echo
        self.isKept = isKept
    }

    // MARK: Streams

    package mutating func piece(
        _ piece: GenerationPiece,
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        var bytes = begin()
        if !piece.thinking.isEmpty {
            bytes += change(to: .reasoning)
            text += piece.thinking
            bytes += event(
                "response.reasoning_summary_text.delta",
                [
                    ("item_id", itemID), place, ("summary_index", 0),
                    ("delta", .string(piece.thinking)),
                ]
            )
        }
        if !piece.content.isEmpty || !piece.probabilities.isEmpty {
            bytes += change(to: .message)
            text += piece.content
            probabilities += piece.probabilities
            bytes += event(
                "response.output_text.delta",
                [
                    ("item_id", itemID), place, ("content_index", 0),
                    ("delta", .string(piece.content)),
                    ("logprobs", .array(piece.probabilities.map(Self.logprob))),
                ]
            )
        }
        for call in piece.calls { bytes += self.call(call) }
        return bytes
    }

    package mutating func end(
        of choice: Int,
        _ figures: AnswerFigures,
        at moment: () -> String
    ) -> [UInt8] {
        end = figures
        return begin() + change(to: nil)
    }

    package mutating func finish() -> [UInt8] {
        let isWhole = end.end.reason == .stop
        let response = response(status: isWhole ? "completed" : "incomplete")
        complete = response
        let name = isWhole ? "response.completed" : "response.incomplete"
        return event(name, [("response", .object(response))])
    }

    package mutating func failure(_ error: JSONValue) -> [UInt8] {
        var response = response(status: "failed")
        response["error"] = [
            "code": "server_error", "message": error["error"]?["message"] ?? "",
        ]
        return event("response.failed", [("response", .object(response))])
    }

    private mutating func begin() -> [UInt8] {
        guard !hasBegun else { return [] }
        hasBegun = true
        let response = JSONValue.object(response(status: "in_progress"))
        return event("response.created", [("response", response)])
            + event("response.in_progress", [("response", response)])
    }

    /// Closes the item that is open unless it is of this kind, and opens one.
    private mutating func change(to kind: Item?) -> [UInt8] {
        guard kind != open else { return [] }
        var bytes = close()
        open = kind
        text = ""
        probabilities = []
        guard let kind else { return bytes }
        bytes += event("response.output_item.added", [place, ("item", item(kind, isDone: false))])
        switch kind {
        case .reasoning:
            bytes += event(
                "response.reasoning_summary_part.added",
                [
                    ("item_id", itemID), place, ("summary_index", 0), ("part", Self.summary("")),
                ]
            )
        case .message:
            bytes += event(
                "response.content_part.added",
                [
                    ("item_id", itemID), place, ("content_index", 0), ("part", part),
                ]
            )
        }
        return bytes
    }

    private mutating func close() -> [UInt8] {
        guard let open else { return [] }
        var bytes: [UInt8]
        switch open {
        case .reasoning:
            let spot: [(String, JSONValue)] = [("item_id", itemID), place, ("summary_index", 0)]
            bytes = event(
                "response.reasoning_summary_text.done",
                spot + [("text", .string(text))]
            )
            bytes += event(
                "response.reasoning_summary_part.done",
                spot + [("part", Self.summary(text))]
            )
        case .message:
            let spot: [(String, JSONValue)] = [("item_id", itemID), place, ("content_index", 0)]
            let told = JSONValue.array(probabilities.map(Self.logprob))
            bytes = event(
                "response.output_text.done",
                spot + [("text", .string(text)), ("logprobs", told)]
            )
            bytes += event("response.content_part.done", spot + [("part", part)])
        }
        let done = item(open, isDone: true)
        bytes += event("response.output_item.done", [place, ("item", done)])
        output.append(done)
        return bytes
    }

    private mutating func call(_ call: ChatMessage.ToolCall) -> [UInt8] {
        var bytes = change(to: nil)
        let id = itemID("fc_")
        let arguments = String(
            decoding: JSONValue.object(call.arguments).serialized,
            as: UTF8.self
        )
        func item(_ arguments: String, _ status: String) -> JSONValue {
            [
                "id": id, "type": "function_call", "call_id": .string(call.id),
                "name": .string(call.name), "arguments": .string(arguments),
                "status": .string(status),
            ]
        }
        bytes += event(
            "response.output_item.added",
            [place, ("item", item("", "in_progress"))]
        )
        bytes += event(
            "response.function_call_arguments.delta",
            [("item_id", id), place, ("delta", .string(arguments))]
        )
        bytes += event(
            "response.function_call_arguments.done",
            [
                ("item_id", id), place, ("name", .string(call.name)),
                ("arguments", .string(arguments)),
            ]
        )
        let done = item(arguments, "completed")
        bytes += event("response.output_item.done", [place, ("item", done)])
        output.append(done)
        return bytes
    }

    private mutating func event(_ type: String, _ members: [(String, JSONValue)]) -> [UInt8] {
        let head = [("type", JSONValue.string(type)), ("sequence_number", JSONValue(sequence))]
        sequence += 1
        let value = JSONValue.object(JSONObject(head + members))
        return Array("event: \(type)\ndata: ".utf8) + value.serialized + Array("\n\n".utf8)
    }

    // MARK: Wholes

    package mutating func whole(_ choices: [AnswerChoice], at moment: () -> String) -> [UInt8] {
        guard let choice = choices.first else { return [] }
        // The same items as in a stream, whose events nobody sees.
        _ = piece(choice.piece, of: 0, choice.figures, at: moment)
        _ = end(of: 0, choice.figures, at: moment)
        _ = finish()
        return JSONValue.object(complete ?? [:]).serialized
    }

    // MARK: Parts

    private var place: (String, JSONValue) { ("output_index", JSONValue(output.count)) }
    private var itemID: JSONValue { itemID(open == .reasoning ? "rs_" : "msg_") }

    /// An id that no item of another answer has.
    private func itemID(_ start: String) -> JSONValue {
        .string("\(start)\(id.dropFirst(Self.idStart.count))\(output.count)")
    }

    private var part: JSONValue {
        [
            "type": "output_text", "text": .string(text), "annotations": [],
            "logprobs": .array(probabilities.map(Self.logprob)),
        ]
    }

    private static func summary(_ text: String) -> JSONValue {
        ["type": "summary_text", "text": .string(text)]
    }

    private func item(_ kind: Item, isDone: Bool) -> JSONValue {
        switch kind {
        case .reasoning:
            [
                "id": itemID("rs_"), "type": "reasoning",
                "summary": isDone ? [Self.summary(text)] : [],
            ]
        case .message:
            [
                "id": itemID("msg_"), "type": "message", "role": "assistant",
                "status": isDone ? "completed" : "in_progress", "content": isDone ? [part] : [],
            ]
        }
    }

    private static func logprob(_ entry: JSONValue) -> JSONValue {
        guard var object = entry.objectValue else { return entry }
        object["top_logprobs"] = object["top_logprobs"] ?? []
        return .object(object)
    }

    private func response(status: String) -> JSONObject {
        let isOver = status == "completed" || status == "incomplete"
        var response: JSONObject = [
            "id": .string(id), "object": "response", "created_at": JSONValue(created),
            "status": .string(status), "error": .null,
            "incomplete_details": status == "incomplete" ? ["reason": "max_output_tokens"] : .null,
            "model": .string(model), "output": .array(output), "store": .bool(isKept),
            "usage": isOver ? usage : .null,
        ]
        for (name, value) in echo.members { response[name] = value }
        return response
    }

    private var usage: JSONValue {
        let (prompt, generated) = (end.end.promptTokens, end.end.generatedTokens)
        return [
            "input_tokens": JSONValue(prompt),
            "input_tokens_details": [
                "cached_tokens": JSONValue(end.end.cachedTokens), "cache_write_tokens": 0,
            ],
            "output_tokens": JSONValue(generated),
            "output_tokens_details": ["reasoning_tokens": JSONValue(end.thoughts)],
            "total_tokens": JSONValue(prompt + generated),
        ]
    }
}
