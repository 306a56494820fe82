internal import GoTemplate
internal import JSON

/// Conversations as the values that templates of Ollama's library go through.
///
/// What is a list of Go's there is `nil` here when it is empty, and what has a method `String`
/// there is written as that method writes it.
enum TemplateValues {
    static func message(_ message: ChatMessage) -> GoValue {
        let calls = message.toolCalls.map(callJSON)
        let fields: [GoKey: GoValue] = [
            "Role": .string(message.role),
            "Content": .string(message.content),
            "Thinking": .string(message.thinking),
            // Only whether there are any matters to a template; their places are in the text.
            "Images": list((0..<message.images).map { .integer($0) }),
            "ToolCalls": list(message.toolCalls.map(call)),
            "ToolName": .string(message.toolName),
            "ToolCallID": .string(message.toolCallID),
        ]
        var json: JSONObject = ["role": .string(message.role), "content": .string(message.content)]
        if !message.thinking.isEmpty { json["thinking"] = .string(message.thinking) }
        if !calls.isEmpty { json["tool_calls"] = .array(calls) }
        if !message.toolName.isEmpty { json["tool_name"] = .string(message.toolName) }
        if !message.toolCallID.isEmpty { json["tool_call_id"] = .string(message.toolCallID) }
        return shown(.record("Message", fields), .object(json))
    }

    private static func call(_ call: ChatMessage.ToolCall) -> GoValue {
        let arguments = JSONValue.object(call.arguments)
        let json = callJSON(call)
        let fields: [GoKey: GoValue] = [
            "Index": .integer(call.index),
            "Name": .string(call.name),
            "Arguments": shown(GoValue(arguments), arguments),
        ]
        let function = shown(.record("ToolCallFunction", fields), json["function"] ?? .null)
        return shown(.record("ToolCall", ["ID": .string(call.id), "Function": function]), json)
    }

    private static func callJSON(_ call: ChatMessage.ToolCall) -> JSONValue {
        let function: JSONValue = [
            "index": JSONValue(call.index), "name": .string(call.name),
            "arguments": .object(call.arguments),
        ]
        return call.id.isEmpty
            ? ["function": function] : ["id": .string(call.id), "function": function]
    }

    // MARK: Tools

    static func tools(_ tools: [Tool]) -> GoValue {
        list(tools.map { tool($0.json) }, text: .json)
    }

    private static func tool(_ json: JSONValue) -> GoValue {
        let function = json["function"] ?? .null
        let parameters = function["parameters"] ?? .null
        let functionFields: [GoKey: GoValue] = [
            "Name": text(function["name"]),
            "Description": text(function["description"]),
            "Parameters": shown(
                .record("ToolFunctionParameters", self.parameters(parameters)),
                parameters
            ),
        ]
        let fields: [GoKey: GoValue] = [
            "Type": text(json["type"]),
            "Items": any(json["items"]),
            "Function": shown(.record("ToolFunction", functionFields), function),
        ]
        return shown(.record("Tool", fields), json)
    }

    private static func parameters(_ json: JSONValue) -> [GoKey: GoValue] {
        [
            "Type": text(json["type"]),
            "Defs": any(json["$defs"]),
            "Items": any(json["items"]),
            "Required": items(json["required"]),
            "Properties": properties(json["properties"]),
        ]
    }

    private static func properties(_ json: JSONValue?) -> GoValue {
        guard let json, let object = json.objectValue else { return shown(.map([:]), .null) }
        let members = object.members.map { (GoKey($0.name), property($0.value)) }
        return shown(.map(Dictionary(members) { $1 }), json)
    }

    private static func property(_ json: JSONValue) -> GoValue {
        let fields: [GoKey: GoValue] = [
            "Type": type(json["type"]),
            "AnyOf": list((json["anyOf"]?.arrayValue ?? []).map(property)),
            "Items": any(json["items"]),
            "Description": text(json["description"]),
            "Enum": items(json["enum"]),
            "Required": items(json["required"]),
            "Properties": properties(json["properties"]),
            "ToTypeScriptType": .string(TypeScriptType.of(json)),
        ]
        return shown(.record("ToolProperty", fields), json)
    }

    /// A list of types: one is written as its name alone, in JSON too.
    private static func type(_ json: JSONValue?) -> GoValue {
        let types = json?.arrayValue ?? json.map { $0.isNull ? [] : [$0] } ?? []
        let items = types.map { text($0) }
        switch types.count {
        case 0: return list([], text: .words(""))
        case 1:
            let name = types[0].stringValue ?? ""
            return .shown(.list(items[...]), as: GoForm(text: .words(name), json: types[0]))
        default: return list(items)
        }
    }

    /// The function `toTypeScriptType`: of anything but a property it is `any`.
    static let typeScriptType: GoFunction = { arguments, _ throws(GoFunctionError) in
        guard case .shown(.record("ToolProperty", let fields), _) = arguments.first else {
            return "any"
        }
        return fields["ToTypeScriptType"] ?? "any"
    }

    // MARK: Forms

    /// A value that is written as JSON.
    private static func shown(_ value: GoValue, _ json: JSONValue) -> GoValue {
        .shown(value, as: GoForm(json: json))
    }

    /// A list that is `nil` when it is empty.
    private static func list(_ items: [GoValue], text: GoForm.Text = .usual) -> GoValue {
        .shown(.list(items[...]), as: GoForm(text: text, json: items.isEmpty ? .null : nil))
    }

    private static func items(_ json: JSONValue?) -> GoValue {
        list((json?.arrayValue ?? []).map { GoValue($0) })
    }

    private static func text(_ json: JSONValue?) -> GoValue { .string(json?.stringValue ?? "") }

    /// A value of any type, whose JSON keeps the order of its members.
    private static func any(_ json: JSONValue?) -> GoValue {
        guard let json, !json.isNull else { return .none }
        return .shown(GoValue(json), as: GoForm(text: .usual, json: json))
    }
}
