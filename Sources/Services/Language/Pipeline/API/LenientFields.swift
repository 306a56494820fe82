package import JSON

extension JSONFields {
    /// The fields of an object whose names are matched whatever the case of their letters, as clients
    /// of Ollama may write them; of names that differ in that alone, the last one counts.
    ///
    /// - Parameters:
    ///   - value: The object.
    ///   - path: Where it stands, for messages.
    /// - Throws: `JSONFieldError` when it is none.
    package init(lenient value: JSONValue, path: String = "") throws(JSONFieldError) {
        guard let object = value.objectValue,
            object.members.contains(where: { $0.name != $0.name.lowercased() })
        else {
            self = try JSONFields(value, path: path)
            return
        }
        var members: JSONObject = [:]
        for (name, value) in object.members { members[name.lowercased()] = value }
        self = try JSONFields(.object(members), path: path)
    }
}
