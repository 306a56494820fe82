internal import JSON

/// The messages of OpenAI's chat.
struct OpenAIMessages {
    private(set) var messages: [ChatRequest.Message] = []
    /// The names of called tools, by the calls' ids.
    private var names: [String: String] = [:]

    /// Reads the messages of a request.
    ///
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    init(_ fields: JSONFields) throws {
        let list = try fields.array("messages") ?? []
        guard !list.isEmpty else {
            throw Refusal(badRequest: "[] is too short - 'messages'", field: "messages")
        }
        guard list.count <= ChatRequest.mostMessages else {
            throw Refusal(
                badRequest: "more than \(ChatRequest.mostMessages) messages",
                field: "messages"
            )
        }
        messages.reserveCapacity(list.count)
        for (index, value) in list.enumerated() {
            let path = "messages[\(index)]"
            messages.append(try message(JSONFields(value, path: path), path))
        }
    }

    private mutating func message(
        _ fields: JSONFields,
        _ path: String
    ) throws -> ChatRequest.Message {
        let role = try fields.require("role", fields.string("role"))
        switch role {
        case "system", "developer":
            let content = try Self.content(fields, path, takesPictures: false)
            return .init(ChatMessage(role: "system", content: content.text))
        case "user":
            let content = try Self.content(fields, path, takesPictures: true)
            return content.message(role: "user")
        case "assistant": return try assistant(fields, path)
        case "tool":
            let content = try Self.content(fields, path, takesPictures: false)
            var message = ChatMessage(role: "tool", content: content.text)
            let id = try fields.string("tool_call_id")
            message.toolCallID = try fields.require("tool_call_id", id)
            message.toolName = names[message.toolCallID] ?? ""
            return .init(message)
        default:
            throw Refusal(
                badRequest: "'\(role)' is none of 'system', 'developer', 'user', 'assistant' and"
                    + " 'tool'",
                field: "\(path).role"
            )
        }
    }

    private mutating func assistant(
        _ fields: JSONFields,
        _ path: String
    ) throws -> ChatRequest.Message {
        let calls = try fields.array("tool_calls") ?? []
        var text = ""
        if fields.has("content") || calls.isEmpty {
            text = try Self.content(fields, path, takesPictures: false).text
        }
        var message = ChatMessage(role: "assistant", content: text)
        message.thinking =
            try fields.string("reasoning") ?? fields.string("reasoning_content") ?? ""
        for (index, value) in calls.enumerated() {
            let path = "\(path).tool_calls[\(index)]"
            let call = try Self.call(JSONFields(value, path: path), path, index)
            names[call.id] = call.name
            message.toolCalls.append(call)
        }
        return .init(message)
    }

    private static func call(
        _ fields: JSONFields,
        _ path: String,
        _ index: Int
    ) throws -> ChatMessage.ToolCall {
        let type = try fields.string("type") ?? "function"
        guard type == "function" else {
            throw Refusal(badRequest: "'\(type)' is no 'function'", field: "\(path).type")
        }
        let function = try fields.require("function", fields.fields("function"))
        let text = try function.string("arguments") ?? ""
        return ChatMessage.ToolCall(
            name: try function.require("name", function.string("name")),
            arguments: try arguments(text, "\(path).function.arguments"),
            index: index,
            id: try fields.string("id") ?? ""
        )
    }

    /// The arguments of a call, which come as a text.
    static func arguments(_ text: String, _ field: String) throws(Refusal) -> JSONObject {
        guard text.utf8.contains(where: { !" \t\r\n".utf8.contains($0) }) else { return [:] }
        guard let object = (try? JSONValue(parsing: text.utf8))?.objectValue else {
            throw Refusal(badRequest: "arguments must be the text of a JSON object", field: field)
        }
        return object
    }

    // MARK: Parts

    private static func content(
        _ fields: JSONFields,
        _ path: String,
        takesPictures: Bool
    ) throws -> MessageContent {
        var content = MessageContent()
        guard let value = fields.value("content") else {
            throw fields.error("content", "is missing")
        }
        if let text = value.stringValue {
            content.add(text)
            return content
        }
        let parts = try fields.array("content") ?? []
        for (index, part) in parts.enumerated() {
            let place = "\(path).content[\(index)]"
            try add(JSONFields(part, path: place), place, takesPictures, to: &content)
        }
        return content
    }

    private static func add(
        _ part: JSONFields,
        _ place: String,
        _ takesPictures: Bool,
        to content: inout MessageContent
    ) throws {
        switch try part.require("type", part.string("type")) {
        case "text": content.add(try part.require("text", part.string("text")))
        case "refusal": content.add(try part.require("refusal", part.string("refusal")))
        case "image_url" where takesPictures:
            let given = try part.require("image_url", part.value("image_url"))
            let url = given.textValue ?? given["url"]?.textValue
            guard let url else { throw part.error("image_url", "must have a 'url'") }
            content.add(picture: try DoorPictures.base64(url, field: "\(place).image_url"))
        case let other:
            let words = takesPictures ? "'text' and 'image_url'" : "'text'"
            throw Refusal(
                badRequest: "a part of type '\(other)' is not taken here, only \(words)",
                field: "\(place).type"
            )
        }
    }
}

/// The parts of a message as one text and its pictures.
struct MessageContent {
    private(set) var text = ""
    private var pictures: [JSONText] = []
    private var isEmpty = true

    /// Adds a part of text, in a line of its own.
    mutating func add(_ part: String) {
        text += isEmpty ? part : "\n" + part
        isEmpty = false
    }

    /// Adds a picture.
    mutating func add(picture: JSONText) { pictures.append(picture) }

    /// All of it.
    func message(role: String) -> ChatRequest.Message {
        var message = ChatMessage(role: role, content: text)
        message.images = pictures.count
        return ChatRequest.Message(message, images: pictures)
    }
}
