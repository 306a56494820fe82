package import JSON

/// A request to `/api/chat`.
package struct ChatRequest: Sendable {
    /// A message with the images that came with it.
    package struct Message: Sendable {
        /// The message.
        package var message: ChatMessage
        /// Its images, in base64.
        package var images: [JSONText]
        /// Where each image stands: bytes of the text before it; empty for all in front.
        package var places: [Int]

        /// Bundles a message and its images.
        ///
        /// - Parameters:
        ///   - message: The message.
        ///   - images: Its images, in base64.
        ///   - places: Bytes of the text before each image; empty for all in front.
        package init(_ message: ChatMessage, images: [JSONText] = [], places: [Int] = []) {
            self.message = message
            self.images = images
            self.places = places
        }
    }

    /// What requests for text have in common.
    package var common: GenerationFields
    /// The conversation; empty to load or unload the model.
    package var messages: [Message]
    /// The tools that the model may call.
    package var tools: [Tool]

    /// Most messages of one request.
    package static let mostMessages = 100_000

    /// Reads a request.
    ///
    /// - Parameter json: The body.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(_ json: JSONValue) throws {
        let fields = try JSONFields(lenient: json)
        common = try GenerationFields(fields)
        let list = try fields.array("messages") ?? []
        guard list.count <= Self.mostMessages else {
            throw Refusal(badRequest: "more than \(Self.mostMessages) messages")
        }
        messages = []
        messages.reserveCapacity(list.count)
        for (index, value) in list.enumerated() {
            let message = try JSONFields(lenient: value, path: "messages[\(index)]")
            messages.append(try Self.message(message))
        }
        tools = []
        for (index, value) in (try fields.array("tools") ?? []).enumerated() {
            tools.append(try Tool(value, path: "tools[\(index)]"))
        }
    }

    private static func message(_ fields: JSONFields) throws -> Message {
        var message = ChatMessage(
            role: (try fields.string("role") ?? "").lowercased(),
            content: try fields.string("content") ?? ""
        )
        message.thinking = try fields.string("thinking") ?? ""
        message.toolName = try fields.string("tool_name") ?? ""
        message.toolCallID = try fields.string("tool_call_id") ?? ""
        for (index, value) in (try fields.array("tool_calls") ?? []).enumerated() {
            message.toolCalls.append(
                try call(JSONFields(lenient: value, path: "tool_calls[\(index)]"), index)
            )
        }
        var images: [JSONText] = []
        for value in try fields.array("images") ?? [] {
            guard let text = value.textValue else {
                throw fields.error("images", "must be texts in base64")
            }
            images.append(text)
        }
        message.images = images.count
        return Message(message, images: images)
    }

    private static func call(_ fields: JSONFields, _ index: Int) throws -> ChatMessage.ToolCall {
        let given = try fields.require("function", fields.value("function"))
        let function = try JSONFields(lenient: given, path: "function")
        return ChatMessage.ToolCall(
            name: try function.string("name") ?? "",
            arguments: try function.fields("arguments")?.object ?? [:],
            index: try function.integer("index") ?? index,
            id: try fields.string("id") ?? ""
        )
    }
}
