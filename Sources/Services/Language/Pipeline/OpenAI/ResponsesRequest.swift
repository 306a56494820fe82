package import JSON

/// A request to `/v1/responses`.
package struct ResponsesRequest: Sendable {
    /// What is asked for; its messages are those of `converse`.
    package private(set) var conversation: ConversationWish
    /// What is new in the conversation.
    package private(set) var items: [JSONValue]
    /// The answer that it goes on from.
    package private(set) var previous: String?
    /// Whether the answer is kept.
    package private(set) var isKept: Bool
    /// What the answer tells of the request again.
    package private(set) var echo: JSONObject
    private let instructions: String?

    private static let refused = ["conversation", "prompt", "max_tool_calls", "moderation"]

    /// Reads a request.
    ///
    /// - Parameter json: The body.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(_ json: JSONValue) throws {
        let fields = try OpenAIFields.object(json)
        var common = GenerationFields(
            model: try OpenAIFields.model(fields),
            streams: try fields.bool("stream") ?? false
        )
        try OpenAIFields.refuse(Self.refused, fields)
        if try fields.bool("background") == true {
            throw Refusal(badRequest: "answers are not made in the background", field: "background")
        }
        try OpenAIFields.sampling(fields, limits: ["max_output_tokens"], into: &common)
        common.think = try OpenAIFields.think(fields)
        let text = try fields.fields("text")
        common.format = try OpenAIFields.format(
            text?.fields("format"),
            "text.format",
            isNested: false
        )
        let truncation = try fields.string("truncation") ?? "disabled"
        guard ["auto", "disabled"].contains(truncation) else {
            throw fields.error("truncation", "must be 'auto' or 'disabled'")
        }
        common.truncates = truncation == "auto"
        for word in try fields.strings("include") ?? [] {
            switch word {
            case "message.output_text.logprobs": common.tellsProbabilities = true
            // Thoughts come as they are, and nothing of them is kept back to be encrypted.
            case "reasoning.encrypted_content": continue
            default: throw Refusal(badRequest: "'\(word)' is not known here", field: "include")
            }
        }
        if let others = try fields.integer("top_logprobs", in: 0...20) {
            common.alternatives = others
            common.tellsProbabilities = common.tellsProbabilities || others > 0
        }
        conversation = ConversationWish(common)
        conversation.formatField = "text.format"
        conversation.allowsSeveralCalls = try fields.bool("parallel_tool_calls") ?? true
        instructions = try fields.string("instructions")
        items = try ResponseItems.list(fields)
        previous = try fields.string("previous_response_id")
        isKept = try fields.bool("store") ?? true
        echo = [:]
        let (tools, told) = try Self.tools(fields)
        conversation.tools = tools
        conversation.choice = try Self.choice(fields)
        _ = try conversation.callable()
        echo = try Self.echo(fields, tools: told, truncation: truncation)
        try converse(after: [])
    }

    /// Puts the conversation together.
    ///
    /// - Parameter earlier: The items of the answer that it goes on from.
    /// - Throws: As `init`.
    package mutating func converse(after earlier: [JSONValue]) throws {
        var all = ResponseItems()
        if let instructions, !instructions.isEmpty { all.add(instructions: instructions) }
        for (index, item) in earlier.enumerated() { try all.add(item, "earlier[\(index)]") }
        for (index, item) in items.enumerated() { try all.add(item, "input[\(index)]") }
        guard !all.messages.isEmpty else {
            throw Refusal(badRequest: "there is nothing to answer", field: "input")
        }
        conversation.messages = all.messages
    }

    // MARK: Tools

    private static func tools(_ fields: JSONFields) throws -> ([Tool], [JSONValue]) {
        var tools: [Tool] = []
        var told: [JSONValue] = []
        for (index, value) in (try fields.array("tools") ?? []).enumerated() {
            let path = "tools[\(index)]"
            let tool = try JSONFields(value, path: path)
            let type = try tool.require("type", tool.string("type"))
            guard type == "function" else {
                throw Refusal(
                    badRequest: "a tool of type '\(type)' is not known here, only 'function'",
                    field: "\(path).type"
                )
            }
            let name = JSONValue.string(try tool.require("name", tool.string("name")))
            let description = try tool.string("description").map { JSONValue.string($0) }
            let parameters = try tool.fields("parameters").map { JSONValue.object($0.object) }
            var function: JSONObject = ["name": name]
            function["description"] = description
            function["parameters"] = parameters
            tools.append(
                try Tool(["type": "function", "function": .object(function)], path: path)
            )
            told.append([
                "type": "function", "name": name, "description": description ?? .null,
                "parameters": parameters ?? .null,
                "strict": .bool(try tool.bool("strict") ?? true),
            ])
        }
        return (tools, told)
    }

    private static func choice(_ fields: JSONFields) throws -> ToolChoice {
        guard let value = fields.value("tool_choice") else { return .auto }
        switch value.stringValue {
        case "auto": return .auto
        case "none": return .none
        case "required": return .required
        default: break
        }
        guard value["type"]?.stringValue == "function", let name = value["name"]?.stringValue else {
            throw Refusal(
                badRequest: "tool_choice must be 'auto', 'none', 'required' or name a function",
                field: "tool_choice"
            )
        }
        return .named(name)
    }

    // MARK: What is told again

    private static func echo(
        _ fields: JSONFields,
        tools: [JSONValue],
        truncation: String
    ) throws -> JSONObject {
        let form = fields.value("text")?["format"] ?? ["type": "text"]
        let effort = try fields.fields("reasoning")?.string("effort")
        // Answers have no more of it than requests, and programs look for strings.
        var metadata: [(String, JSONValue)] = []
        for (name, value) in try fields.fields("metadata")?.object.members ?? [] {
            guard value.stringValue != nil else {
                throw fields.error("metadata.\(name)", "must be a string")
            }
            metadata.append((name, value))
        }
        return [
            "instructions": fields.value("instructions") ?? .null,
            "max_output_tokens": fields.value("max_output_tokens") ?? .null,
            "parallel_tool_calls": .bool(try fields.bool("parallel_tool_calls") ?? true),
            "previous_response_id": fields.value("previous_response_id") ?? .null,
            "reasoning": ["effort": effort.map { .string($0) } ?? .null, "summary": .null],
            "temperature": fields.value("temperature") ?? .null,
            "text": ["format": form], "tool_choice": fields.value("tool_choice") ?? "auto",
            "tools": .array(tools), "top_p": fields.value("top_p") ?? .null,
            "truncation": .string(truncation), "metadata": .object(JSONObject(metadata)),
        ]
    }
}
