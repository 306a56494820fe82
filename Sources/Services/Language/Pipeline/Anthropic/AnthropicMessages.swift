internal import JSON

/// The turns of Anthropic's API as messages of a conversation.
///
/// A turn of the user may hold results of tools: each becomes a message of its own, in front of what
/// the user says.
struct AnthropicMessages {
    private(set) var messages: [ChatRequest.Message] = []
    /// The names of called tools, by the calls' ids.
    private var names: [String: String] = [:]

    /// Adds the system text, where there is one.
    mutating func add(system fields: JSONFields) throws {
        guard let value = fields.value("system") else { return }
        var content = MessageContent()
        if let text = value.stringValue {
            content.add(text)
        } else {
            for (index, block) in (try fields.array("system") ?? []).enumerated() {
                let path = "system[\(index)]"
                try Self.add(JSONFields(block, path: path), path, ["text"], to: &content)
            }
        }
        guard !content.text.isEmpty else { return }
        messages.append(content.message(role: "system"))
    }

    /// Adds the turns.
    mutating func add(_ fields: JSONFields) throws {
        let list = try fields.require("messages", fields.array("messages"))
        guard !list.isEmpty else {
            throw Refusal(badRequest: "messages: at least one is needed", field: "messages")
        }
        guard list.count <= ChatRequest.mostMessages else {
            throw Refusal(
                badRequest: "more than \(ChatRequest.mostMessages) messages",
                field: "messages"
            )
        }
        for (index, value) in list.enumerated() {
            let path = "messages[\(index)]"
            let turn = try JSONFields(value, path: path)
            switch try turn.require("role", turn.string("role")) {
            case "user": try add(user: turn, path)
            case "assistant": try add(assistant: turn, path)
            case let other:
                throw Refusal(
                    badRequest: "\(path): '\(other)' is neither 'user' nor 'assistant'",
                    field: "\(path).role"
                )
            }
        }
    }

    private mutating func add(user turn: JSONFields, _ path: String) throws {
        var content = MessageContent()
        var says = false
        for (place, block) in try Self.blocks(turn, path) {
            guard try block.string("type") == "tool_result" else {
                try Self.add(block, place, ["text", "image"], to: &content)
                says = true
                continue
            }
            messages.append(try result(block, place))
        }
        if says { messages.append(content.message(role: "user")) }
    }

    private func result(_ block: JSONFields, _ path: String) throws -> ChatRequest.Message {
        let id = try block.require("tool_use_id", block.string("tool_use_id"))
        var content = MessageContent()
        if block.has("content") {
            for (place, part) in try Self.blocks(block, path) {
                try Self.add(part, place, ["text", "image"], to: &content)
            }
        }
        var message = content.message(role: "tool")
        if try block.bool("is_error") == true {
            message.message.content = "Error: " + message.message.content
        }
        message.message.toolCallID = id
        message.message.toolName = names[id] ?? ""
        return message
    }

    private mutating func add(assistant turn: JSONFields, _ path: String) throws {
        var content = MessageContent()
        var thinking = ""
        var calls: [ChatMessage.ToolCall] = []
        for (place, block) in try Self.blocks(turn, path) {
            switch try block.string("type") {
            case "thinking":
                thinking += try block.require("thinking", block.string("thinking"))
            // Only who made it can read it.
            case "redacted_thinking": continue
            case "tool_use":
                let input = try block.require("input", block.fields("input"))
                let call = ChatMessage.ToolCall(
                    name: try block.require("name", block.string("name")),
                    arguments: input.object,
                    index: calls.count,
                    id: try block.require("id", block.string("id"))
                )
                names[call.id] = call.name
                calls.append(call)
            default:
                let known = ["text", "thinking", "tool_use"]
                try Self.add(block, place, known, to: &content)
            }
        }
        var message = content.message(role: "assistant")
        message.message.thinking = thinking
        message.message.toolCalls = calls
        messages.append(message)
    }

    // MARK: Blocks

    /// The blocks of a turn; a text alone is one.
    private static func blocks(
        _ turn: JSONFields,
        _ path: String
    ) throws -> [(place: String, block: JSONFields)] {
        let value = try turn.require("content", turn.value("content"))
        if let text = value.stringValue {
            let block = try JSONFields(["type": "text", "text": .string(text)])
            return [(place: "\(path).content", block: block)]
        }
        return try (turn.array("content") ?? []).enumerated().map { index, block in
            let place = "\(path).content[\(index)]"
            return (place: place, block: try JSONFields(block, path: place))
        }
    }

    /// Adds what a text or an image is.
    private static func add(
        _ block: JSONFields,
        _ path: String,
        _ known: [String],
        to content: inout MessageContent
    ) throws {
        let type = try block.require("type", block.string("type"))
        switch type {
        case "text": content.add(try block.require("text", block.string("text")))
        case "image" where known.contains("image"):
            content.add(picture: try picture(block, path))
        default:
            let words = known.map { "'\($0)'" }.joined(separator: ", ")
            throw Refusal(
                badRequest: "\(path): a block of type '\(type)' is not taken here, only \(words)",
                field: "\(path).type"
            )
        }
    }

    private static func picture(_ block: JSONFields, _ path: String) throws -> JSONText {
        let source = try block.require("source", block.fields("source"))
        let type = try source.require("type", source.string("type"))
        guard type == "base64" else {
            throw Refusal(
                badRequest: "\(path): images of type '\(type)' are not fetched; send base64",
                field: "\(path).source.type"
            )
        }
        let kind = try source.require("media_type", source.string("media_type"))
        guard ["image/jpeg", "image/png", "image/gif", "image/webp"].contains(kind) else {
            throw source.error(
                "media_type",
                "must be image/jpeg, image/png, image/gif or image/webp"
            )
        }
        return try source.require("data", source.text("data"))
    }
}
