package import JSON

extension JSONFields {
    /// The fields of an object whose names are matched whatever the case of their letters, as clients
    /// of Ollama may write them; of names that differ in that alone, the last one counts.
    ///
    /// - Parameter value: The object.
    /// - Throws: `JSONFieldError` when it is none.
    package init(lenient value: JSONValue) throws(JSONFieldError) {
        guard let object = value.objectValue,
            object.members.contains(where: { $0.name != $0.name.lowercased() })
        else {
            self = try JSONFields(value)
            return
        }
        var members: JSONObject = [:]
        for (name, value) in object.members { members[name.lowercased()] = value }
        self = try JSONFields(.object(members))
    }
}
