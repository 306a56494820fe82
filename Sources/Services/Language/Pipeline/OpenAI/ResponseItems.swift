internal import JSON

/// The items of `/v1/responses` as messages of a conversation.
///
/// Thoughts, text and calls of one turn come as items of their own, and become one message.
struct ResponseItems {
    private(set) var messages: [ChatRequest.Message] = []
    /// The names of called tools, by the calls' ids.
    private var names: [String: String] = [:]
    /// Thoughts whose turn is still to come.
    private var thinking = ""

    /// The items of an input, which may be a text.
    static func list(_ fields: JSONFields) throws -> [JSONValue] {
        let value = try fields.require("input", fields.value("input"))
        if value.stringValue != nil {
            return [["type": "message", "role": "user", "content": value]]
        }
        let items = try fields.array("input") ?? []
        guard items.count <= ChatRequest.mostMessages else {
            throw Refusal(badRequest: "more than \(ChatRequest.mostMessages) items", field: "input")
        }
        return items
    }

    /// Adds a text of the system.
    mutating func add(instructions: String) {
        messages.append(.init(ChatMessage(role: "system", content: instructions)))
    }

    /// Adds an item.
    ///
    /// - Parameters:
    ///   - value: The item.
    ///   - path: What refusals call its place.
    mutating func add(_ value: JSONValue, _ path: String) throws {
        let item = try JSONFields(value, path: path)
        switch try item.string("type") ?? "message" {
        case "message": try add(message: item, path)
        case "reasoning": try add(reasoning: item)
        case "function_call":
            let text = try item.require("arguments", item.string("arguments"))
            let id = try item.require("call_id", item.string("call_id"))
            let name = try item.require("name", item.string("name"))
            names[id] = name
            let arguments = try OpenAIMessages.arguments(text, "\(path).arguments")
            turn { message in
                let index = message.toolCalls.count
                message.toolCalls.append(
                    ChatMessage.ToolCall(name: name, arguments: arguments, index: index, id: id)
                )
            }
        case "function_call_output":
            let id = try item.require("call_id", item.string("call_id"))
            let content = try Self.content(item, "output", path, takesPictures: true)
            var message = content.message(role: "tool")
            message.message.toolCallID = id
            message.message.toolName = names[id] ?? ""
            messages.append(message)
        case let other:
            throw Refusal(
                badRequest: "an item of type '\(other)' is not taken here",
                field: "\(path).type"
            )
        }
    }

    private mutating func add(message item: JSONFields, _ path: String) throws {
        let role = try item.require("role", item.string("role"))
        switch role {
        case "user":
            let content = try Self.content(item, "content", path, takesPictures: true)
            messages.append(content.message(role: role))
        case "system", "developer":
            let content = try Self.content(item, "content", path, takesPictures: false)
            messages.append(content.message(role: "system"))
        case "assistant":
            let content = try Self.content(item, "content", path, takesPictures: false)
            var message = ChatMessage(role: role, content: content.text)
            message.thinking = thinking
            thinking = ""
            messages.append(.init(message))
        default:
            throw Refusal(
                badRequest: "'\(role)' is none of 'system', 'developer', 'user' and 'assistant'",
                field: "\(path).role"
            )
        }
    }

    private mutating func add(reasoning item: JSONFields) throws {
        // What was sent in full counts, else its summary.
        let parts = try item.array("content") ?? item.array("summary") ?? []
        thinking += parts.compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
    }

    /// Changes the turn of the model that is at the end, or begins one.
    private mutating func turn(_ change: (inout ChatMessage) -> Void) {
        if messages.last?.message.role != "assistant" {
            var message = ChatMessage(role: "assistant", content: "")
            message.thinking = thinking
            thinking = ""
            messages.append(.init(message))
        }
        change(&messages[messages.count - 1].message)
    }

    private static func content(
        _ item: JSONFields,
        _ name: String,
        _ path: String,
        takesPictures: Bool
    ) throws -> MessageContent {
        var content = MessageContent()
        let value = try item.require(name, item.value(name))
        if let text = value.stringValue {
            content.add(text)
            return content
        }
        for (index, value) in (try item.array(name) ?? []).enumerated() {
            let place = "\(path).\(name)[\(index)]"
            let part = try JSONFields(value, path: place)
            switch try part.require("type", part.string("type")) {
            case "input_text", "output_text", "text":
                content.add(try part.require("text", part.string("text")))
            case "refusal": content.add(try part.require("refusal", part.string("refusal")))
            case "input_image" where takesPictures:
                let url = try part.require("image_url", part.text("image_url"))
                let field = "\(place).image_url"
                content.add(picture: try DoorPictures.base64(url, field: field))
            case let other:
                throw Refusal(
                    badRequest: "a part of type '\(other)' is not taken here",
                    field: "\(place).type"
                )
            }
        }
        return content
    }
}
