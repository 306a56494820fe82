package import JSON

/// A request to `/v1/chat/completions`.
package struct ChatCompletionRequest: Sendable {
    /// What is asked for.
    package var conversation: ConversationWish
    /// How many answers.
    package var count: Int
    /// Whether a stream ends with what it took.
    package var includesUsage: Bool

    /// Most answers of one request.
    package static let mostAnswers = 16

    /// Members of OpenAI's API that ask for what there is not.
    private static let refused = [
        "functions", "function_call", "audio", "web_search_options", "moderation",
    ]

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
        try Self.checkWishes(fields)
        try OpenAIFields.sampling(
            fields,
            limits: ["max_tokens", "max_completion_tokens"],
            into: &common
        )
        common.think = try OpenAIFields.think(fields)
        common.format = try OpenAIFields.format(
            fields.fields("response_format"),
            "response_format",
            isNested: true
        )
        try Self.readProbabilities(fields, into: &common)
        count = try fields.integer("n", in: 1...Self.mostAnswers) ?? 1
        includesUsage = try Self.usage(fields, streams: common.streams)
        conversation = ConversationWish(common)
        conversation.messages = try OpenAIMessages(fields).messages
        for (index, value) in (try fields.array("tools") ?? []).enumerated() {
            conversation.tools.append(try Self.tool(value, "tools[\(index)]"))
        }
        conversation.choice = try Self.choice(fields)
        conversation.allowsSeveralCalls = try fields.bool("parallel_tool_calls") ?? true
        _ = try conversation.callable()
    }

    /// Refuses values that ask for what there is not.
    private static func checkWishes(_ fields: JSONFields) throws {
        for modality in try fields.strings("modalities") ?? [] where modality != "text" {
            throw Refusal(badRequest: "only 'text' is written", field: "modalities")
        }
        if try fields.bool("store") == true {
            throw Refusal(
                badRequest: "answers of chats are not kept; /v1/responses keeps them",
                field: "store"
            )
        }
        if let verbosity = try fields.string("verbosity"), verbosity != "medium" {
            throw Refusal(badRequest: "models here know no verbosity", field: "verbosity")
        }
    }

    private static func readProbabilities(
        _ fields: JSONFields,
        into common: inout GenerationFields
    ) throws {
        common.tellsProbabilities = try fields.bool("logprobs") ?? false
        let others = try fields.integer("top_logprobs", in: 0...20)
        guard others == nil || common.tellsProbabilities else {
            throw Refusal(badRequest: "top_logprobs needs logprobs: true", field: "top_logprobs")
        }
        common.alternatives = others ?? 0
    }

    /// Whether a stream ends with what it took.
    static func usage(_ fields: JSONFields, streams: Bool) throws -> Bool {
        guard let options = try fields.fields("stream_options") else { return false }
        guard streams else {
            throw Refusal(badRequest: "stream_options needs stream: true", field: "stream_options")
        }
        return try options.bool("include_usage") ?? false
    }

    /// A tool, which must be a function.
    private static func tool(_ value: JSONValue, _ path: String) throws -> Tool {
        let type = value["type"]?.stringValue ?? "function"
        guard type == "function" else {
            throw Refusal(
                badRequest: "a tool of type '\(type)' is not known here, only 'function'",
                field: "\(path).type"
            )
        }
        return try Tool(value, path: path)
    }

    private static func choice(_ fields: JSONFields) throws -> ToolChoice {
        guard let value = fields.value("tool_choice") else { return .auto }
        switch value.stringValue {
        case "auto": return .auto
        case "none": return .none
        case "required": return .required
        default: break
        }
        guard value["type"]?.stringValue == "function",
            let name = value["function"]?["name"]?.stringValue
        else {
            throw Refusal(
                badRequest: "tool_choice must be 'auto', 'none', 'required' or name a function",
                field: "tool_choice"
            )
        }
        return .named(name)
    }
}
