internal import GoTemplate
internal import JSON

/// Conversations as the values that templates of Ollama's library go through.
enum TemplateValues {
    static func message(_ message: ChatMessage) -> GoValue {
        let calls = message.toolCalls.map(call)
        let fields: [String: GoValue] = [
            "Role": .string(message.role),
            "Content": .string(message.content),
            "Thinking": .string(message.thinking),
            // Only whether there are any matters to a template; their places are in the text.
            "Images": .list((0..<message.images).map { .integer($0) }),
            "ToolCalls": .list(calls),
            "ToolName": .string(message.toolName),
            "ToolCallID": .string(message.toolCallID),
        ]
        var json: JSONObject = ["role": .string(message.role), "content": .string(message.content)]
        if !message.thinking.isEmpty { json["thinking"] = .string(message.thinking) }
        if !calls.isEmpty { json["tool_calls"] = .array(calls.map(\.json)) }
        if !message.toolName.isEmpty { json["tool_name"] = .string(message.toolName) }
        if !message.toolCallID.isEmpty { json["tool_call_id"] = .string(message.toolCallID) }
        return .shown(.record("Message", fields), as: .object(json))
    }

    private static func call(_ call: ChatMessage.ToolCall) -> GoValue {
        let arguments = JSONValue.object(call.arguments)
        let function: JSONValue = [
            "index": JSONValue(call.index), "name": .string(call.name), "arguments": arguments,
        ]
        let fields: [String: GoValue] = [
            "Index": .integer(call.index),
            "Name": .string(call.name),
            "Arguments": .shown(GoValue(arguments), as: arguments),
        ]
        var json: JSONObject = [:]
        if !call.id.isEmpty { json["id"] = .string(call.id) }
        json["function"] = function
        return .shown(
            .record(
                "ToolCall",
                [
                    "ID": .string(call.id),
                    "Function": .shown(.record("ToolCallFunction", fields), as: function),
                ]
            ),
            as: .object(json)
        )
    }

    static func tools(_ tools: [Tool]) -> GoValue {
        .shown(.list(tools.map { tool($0.json) }), as: .array(tools.map(\.json)))
    }

    private static func tool(_ json: JSONValue) -> GoValue {
        let function = json["function"] ?? .null
        let parameters = function["parameters"] ?? .null
        let fields: [String: GoValue] = [
            "Type": text(json["type"]),
            "Items": value(json["items"]),
            "Function": .shown(
                .record(
                    "ToolFunction",
                    [
                        "Name": text(function["name"]),
                        "Description": text(function["description"]),
                        "Parameters": .shown(
                            .record("ToolFunctionParameters", self.parameters(parameters)),
                            as: parameters
                        ),
                    ]
                ),
                as: function
            ),
        ]
        return .shown(.record("Tool", fields), as: json)
    }

    private static func parameters(_ json: JSONValue) -> [String: GoValue] {
        [
            "Type": text(json["type"]),
            "Defs": value(json["$defs"]),
            "Items": value(json["items"]),
            "Required": value(json["required"] ?? []),
            "Properties": properties(json["properties"] ?? [:]),
        ]
    }

    private static func properties(_ json: JSONValue) -> GoValue {
        let members = (json.objectValue?.members ?? []).map { ($0.name, property($0.value)) }
        return .shown(.map(Dictionary(members) { $1 }), as: json)
    }

    private static func property(_ json: JSONValue) -> GoValue {
        let fields: [String: GoValue] = [
            "Type": type(json["type"]),
            "AnyOf": value(json["anyOf"]),
            "Items": value(json["items"]),
            "Description": text(json["description"]),
            "Enum": value(json["enum"] ?? []),
            "Required": value(json["required"] ?? []),
            "Properties": properties(json["properties"] ?? [:]),
            "ToTypeScriptType": .string(TypeScriptType.of(json)),
        ]
        return .shown(.record("ToolProperty", fields), as: json)
    }

    /// One type is written as a word, several as a list.
    private static func type(_ json: JSONValue?) -> GoValue {
        guard let types = json?.arrayValue else { return text(json) }
        if types.count == 1 { return text(types[0]) }
        return .shown(GoValue(.array(types)), as: .array(types))
    }

    private static func text(_ json: JSONValue?) -> GoValue { .string(json?.stringValue ?? "") }

    private static func value(_ json: JSONValue?) -> GoValue {
        guard let json, !json.isNull else { return .none }
        return .shown(GoValue(json), as: json)
    }
}

/// What a schema's type is called in TypeScript, in which some models read their tools.
enum TypeScriptType {
    static func of(_ schema: JSONValue) -> String {
        if let choices = schema["anyOf"]?.arrayValue, !choices.isEmpty {
            return choices.map(of).joined(separator: " | ")
        }
        let types = schema["type"]?.arrayValue ?? schema["type"].map { [$0] } ?? []
        guard !types.isEmpty else { return "any" }
        return types.map { name($0.stringValue ?? "") }.joined(separator: " | ")
    }

    private static func name(_ type: String) -> String {
        switch type {
        case "string", "boolean", "null": type
        case "integer", "number": "number"
        case "array": "any[]"
        case "object": "Record<string, any>"
        default: "any"
        }
    }
}
