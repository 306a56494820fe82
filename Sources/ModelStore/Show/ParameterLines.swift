package import JSON

/// A model's parameters as lines of names and values.
package enum ParameterLines {
    /// Columns of a name; longer ones push their value to the right.
    private static let width = 30

    /// The lines that clients of Ollama know.
    ///
    /// A name that fills 30 columns, a space, the value. A list has a line for each item; texts are
    /// quoted.
    ///
    /// - Parameter parameters: The parameters, whose order is kept.
    package static func text(_ parameters: JSONObject) -> String {
        all(parameters).map { name, value in
            let space = String(repeating: " ", count: max(0, width - name.utf8.count))
            return "\(name)\(space) \(quoted(value))"
        }.joined(separator: "\n")
    }

    /// Each parameter with a single value; a list counts as one parameter for each item.
    static func all(_ parameters: JSONObject) -> [(name: String, value: JSONValue)] {
        parameters.members.flatMap { name, value in
            (value.arrayValue ?? [value]).map { (name, $0) }
        }
    }

    /// A value without quotation marks.
    static func plain(_ value: JSONValue) -> String {
        if let text = value.stringValue { return text }
        // Whole numbers without fraction and exponent, however they were written.
        if let number = value.integerValue { return "\(number)" }
        return String(decoding: value.serialized, as: UTF8.self)
    }

    private static func quoted(_ value: JSONValue) -> String {
        value.stringValue.map(QuotedText.of) ?? plain(value)
    }
}
