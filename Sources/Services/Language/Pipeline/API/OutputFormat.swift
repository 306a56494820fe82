package import JSON

/// The form that an answer is to have.
package enum OutputFormat: Sendable, Hashable {
    /// Any text.
    case free
    /// Any JSON value.
    case json
    /// JSON that fits a schema.
    case schema(JSONObject)

    /// Reads the `format` of a request.
    ///
    /// - Parameter json: The value; nil when it was not given.
    /// - Throws: `Refusal` for anything but nothing, "json" or an object.
    package init(_ json: JSONValue?) throws(Refusal) {
        switch json {
        case nil, .null: self = .free
        case .object(let schema): self = .schema(schema)
        case .some(let other):
            switch other.stringValue {
            case "": self = .free
            case "json": self = .json
            default:
                let text = String(decoding: other.serialized.prefix(200), as: UTF8.self)
                throw Refusal(
                    badRequest:
                        "invalid format: \(text); expected \"json\" or a valid JSON Schema object"
                )
            }
        }
    }
}
