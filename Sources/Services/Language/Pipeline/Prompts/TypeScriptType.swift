internal import JSON

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
