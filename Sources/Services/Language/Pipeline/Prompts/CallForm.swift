package import JSON

/// The form in which a model must write a call of a tool where no template's own form is in force.
package enum CallForm {
    /// What comes before the call: nothing.
    package static let tag = "{"

    /// A schema that only calls of these tools fit.
    ///
    /// - Parameter tools: The tools; at least one.
    package static func schema(of tools: [Tool]) -> JSONObject {
        let forms = tools.map { tool -> JSONValue in
            [
                "type": "object",
                "properties": [
                    "name": ["const": .string(tool.name)],
                    "arguments": tool.json["function"]?["parameters"] ?? ["type": "object"],
                ],
                "required": ["name", "arguments"], "additionalProperties": false,
            ]
        }
        if forms.count == 1, let only = forms.first?.objectValue { return only }
        return ["anyOf": .array(forms)]
    }
}
