package import JSON

/// A request to `/v1/messages`, or to `/v1/messages/count_tokens`.
package struct MessagesRequest: Sendable {
    /// What is asked for.
    package var conversation: ConversationWish

    /// Members of Anthropic's API that ask for what there is not.
    private static let refused = ["container", "mcp_servers"]

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - json: The body.
    ///   - onlyCounts: Whether it asks for no answer, and needs no limit to it.
    /// - Throws: `Refusal`, or `JSONFieldError` for a field of a wrong type.
    package init(_ json: JSONValue, onlyCounts: Bool = false) throws {
        let fields = try JSONFields(json)
        let name = try fields.require("model", fields.string("model"))
        guard !name.isEmpty else {
            throw Refusal(badRequest: "model: must not be empty", field: "model")
        }
        for name in Self.refused where fields.has(name) {
            throw Refusal(badRequest: "'\(name)' is not supported here", field: name)
        }
        var common = GenerationFields(
            model: name,
            streams: onlyCounts ? false : try fields.bool("stream") ?? false
        )
        let limit = try fields.integer("max_tokens", in: 1...Int(Int32.max))
        if !onlyCounts { _ = try fields.require("max_tokens", limit) }
        try Self.readSampling(fields, limit, into: &common)
        conversation = ConversationWish(common)
        conversation.formatField = "output_config.format"
        try readThinking(fields, limit)
        var messages = AnthropicMessages()
        try messages.add(system: fields)
        try messages.add(fields)
        conversation.messages = messages.messages
        for (index, value) in (try fields.array("tools") ?? []).enumerated() {
            conversation.tools.append(try Self.tool(value, "tools[\(index)]"))
        }
        try readChoice(fields)
        _ = try conversation.callable()
    }

    private static func readSampling(
        _ fields: JSONFields,
        _ limit: Int?,
        into common: inout GenerationFields
    ) throws {
        var options = try DoorOptions(fields, into: &common)
        try options.set("num_predict", limit.map { JSONValue($0) }, from: "max_tokens")
        for name in ["temperature", "top_p"] {
            let value = try fields.double(name, in: 0...1)
            try options.set(name, value.map { .number($0) }, from: name)
        }
        let count = try fields.integer("top_k", in: 0...Int(Int32.max))
        try options.set("top_k", count.map { JSONValue($0) }, from: "top_k")
        let stops = try fields.strings("stop_sequences")
        try options.set(
            "stop",
            stops.map { .array($0.map { .string($0) }) },
            from: "stop_sequences"
        )
        common.options = try options.checked()
    }

    /// Reads whether, how much and in which form the model is to think and to answer.
    private mutating func readThinking(_ fields: JSONFields, _ limit: Int?) throws {
        let output = try fields.fields("output_config")
        if let form = try output?.fields("format") {
            guard try form.string("type") == "json_schema" else {
                throw form.error("type", "must be 'json_schema'")
            }
            let schema = try form.require("schema", form.fields("schema"))
            conversation.common.format = .schema(schema.object)
        }
        let effort = try output?.string("effort")
        let known = ["low", "medium", "high", "xhigh", "max"]
        if let effort, !known.contains(effort) {
            throw Refusal(badRequest: "unknown effort '\(effort)'", field: "output_config.effort")
        }
        // Nobody who says nothing expects thoughts.
        conversation.common.think = .off
        guard let thinking = try fields.fields("thinking") else { return }
        switch try thinking.require("type", thinking.string("type")) {
        case "disabled": return
        case "adaptive": break
        case "enabled":
            let budget = try thinking.integer("budget_tokens", in: 1...Int(Int32.max))
            conversation.thinkingLimit = try thinking.require("budget_tokens", budget)
            if let limit, let budget, budget >= limit {
                throw thinking.error("budget_tokens", "must be less than max_tokens")
            }
        case let other:
            throw Refusal(
                badRequest: "'\(other)' is none of 'enabled', 'disabled' and 'adaptive'",
                field: "thinking.type"
            )
        }
        conversation.common.think =
            effort.map { .level($0 == "xhigh" ? "max" : $0) } ?? .on
    }

    // MARK: Tools

    /// A tool of the client's own; those of Anthropic's servers are not there.
    private static func tool(_ value: JSONValue, _ path: String) throws -> Tool {
        let fields = try JSONFields(value, path: path)
        let type = try fields.string("type") ?? "custom"
        guard type == "custom" else {
            throw Refusal(
                badRequest: "a tool of type '\(type)' is not known here, only 'custom'",
                field: "\(path).type"
            )
        }
        var function: JSONObject = [
            "name": .string(try fields.require("name", fields.string("name")))
        ]
        function["description"] = try fields.string("description").map { .string($0) }
        let schema = try fields.fields("input_schema")
        function["parameters"] = .object(try fields.require("input_schema", schema).object)
        return try Tool(["type": "function", "function": .object(function)], path: path)
    }

    private mutating func readChoice(_ fields: JSONFields) throws {
        guard let choice = try fields.fields("tool_choice") else { return }
        switch try choice.require("type", choice.string("type")) {
        case "auto": conversation.choice = .auto
        case "none": conversation.choice = .none
        case "any": conversation.choice = .required
        case "tool":
            conversation.choice = .named(try choice.require("name", choice.string("name")))
        case let other:
            throw Refusal(
                badRequest: "'\(other)' is none of 'auto', 'any', 'tool' and 'none'",
                field: "tool_choice.type"
            )
        }
        let isAlone = try choice.bool("disable_parallel_tool_use") ?? false
        conversation.allowsSeveralCalls = !isAlone
    }
}
