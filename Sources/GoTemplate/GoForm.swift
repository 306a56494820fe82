package import JSON

/// How a value is written whose type says so itself: Go's methods `String` and `MarshalJSON`.
package struct GoForm: Sendable {
    /// The text of a value.
    package enum Text: Sendable {
        /// As if it had no form.
        case usual
        /// Its JSON.
        case json
        /// Always the same.
        case words(String)
    }

    /// What is written.
    package var text: Text
    /// The JSON; nil for that of the value.
    ///
    /// A value whose JSON is `null` is a `nil` of its type.
    package var json: JSONValue?

    /// Describes a form.
    ///
    /// - Parameters:
    ///   - text: What is written.
    ///   - json: The JSON; nil for that of the value.
    package init(text: Text = .json, json: JSONValue? = nil) {
        self.text = text
        self.json = json
    }
}
