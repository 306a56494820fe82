package import JSON

/// How long a model stays after its last use, in all the forms in which clients say it.
package enum KeepAlive: Sendable, Hashable {
    /// Nanoseconds; 0 to go at once.
    case nanoseconds(Int64)
    /// Until it is unloaded.
    case forever

    /// Reads a value of a request.
    ///
    /// A number counts seconds and a text is a duration as Go writes it; below zero both mean for
    /// ever. A text of digits alone counts seconds, too, which Ollama refuses.
    ///
    /// - Parameter json: The value.
    /// - Throws: `ParameterError` for anything else.
    package init(_ json: JSONValue) throws(ParameterError) {
        switch json {
        case .integer, .number:
            self = .init(seconds: json.doubleValue ?? 0)
        case .string, .text:
            let text = json.stringValue ?? ""
            if let seconds = Int64(text) {
                self = .init(seconds: Double(seconds))
                return
            }
            let nanoseconds = try GoDuration.parse(text)
            self = nanoseconds < 0 ? .forever : .nanoseconds(nanoseconds)
        case .bool: throw ParameterError("Unsupported type: 'bool'")
        case .array: throw ParameterError("Unsupported type: '[]interface {}'")
        case .object: throw ParameterError("Unsupported type: 'map[string]interface {}'")
        case .null: throw ParameterError("Unsupported type: '<nil>'")
        }
    }

    private init(seconds: Double) {
        let nanoseconds = seconds * 1e9
        self = seconds < 0 ? .forever : .nanoseconds(Int64(min(nanoseconds, 9.2e18)))
    }
}
