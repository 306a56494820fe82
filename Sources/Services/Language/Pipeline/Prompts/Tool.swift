package import JSON

/// A tool that a model may ask for.
package struct Tool: Sendable, Hashable {
    /// Its name.
    package let name: String
    /// Its description as it stands in prompts.
    ///
    /// What models were trained with comes first and in that order: of a tool `type`, `items` and
    /// `function`, of a function `name`, `description` and `parameters`, of those `type`, `$defs`,
    /// `items`, `required` and `properties`; such members are left out where they are null.
    /// Everything below and beside keeps the client's order, and so do objects of more than 64
    /// members, which no model was trained with.
    package let json: JSONValue

    /// Reads a tool of a request.
    ///
    /// - Parameters:
    ///   - json: The tool.
    ///   - path: What messages call its place in the request.
    /// - Throws: `JSONFieldError` with the field that is wrong.
    package init(_ json: JSONValue, path: String = "") throws(JSONFieldError) {
        let tool = try JSONFields(json, path: path)
        let fields = try tool.require("function", tool.fields("function"))
        name = try fields.require("name", fields.string("name"))
        let function = json["function"]?.objectValue ?? [:]
        _ = try fields.fields("parameters")
        var parameters =
            function["parameters"]?.objectValue ?? ["type": "object", "properties": [:]]
        parameters = Self.ordered(parameters, ["type", "$defs", "items", "required", "properties"])
        var ordered = Self.ordered(function, ["name", "description", "parameters"])
        ordered["parameters"] = .object(parameters)
        var whole = Self.ordered(json.objectValue ?? [:], ["type", "items", "function"])
        whole["function"] = .object(ordered)
        self.json = .object(whole)
    }

    /// The names of its arguments.
    package var arguments: [String] {
        let properties = json["function"]?["parameters"]?["properties"]?.objectValue
        return properties?.members.map(\.name) ?? []
    }

    /// The members with some names first.
    private static func ordered(_ object: JSONObject, _ names: [String]) -> JSONObject {
        // To make an object takes the square of its members.
        guard object.members.count <= 64 else { return object }
        var result: [(String, JSONValue)] = []
        for name in names {
            if let value = object[name], !value.isNull { result.append((name, value)) }
        }
        for (name, value) in object.members where !names.contains(name) {
            result.append((name, value))
        }
        return JSONObject(result)
    }
}
