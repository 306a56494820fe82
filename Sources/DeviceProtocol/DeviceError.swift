package import JSON

/// A failure of the device manager or an engine, as it travels and as callers see it.
package struct DeviceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable word for programs.
    package let code: DeviceErrorCode
    /// What happened, for people.
    package let message: String
    /// When asking again makes sense; nil when it does not.
    package let retryAfter: Duration?

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: A stable word for programs.
    ///   - message: What happened.
    ///   - retryAfter: When asking again makes sense.
    package init(_ code: DeviceErrorCode, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// The sentence for logs.
    package var description: String { "\(code.rawValue): \(message)" }

    /// Reads an error reply: `{"error", "code", "retry_after_ms"}`.
    ///
    /// - Parameter reply: A frame; nil comes back when it is no error.
    package init?(reply: JSONObject) {
        guard let message = reply["error"]?.stringValue else { return nil }
        let word = reply["code"]?.stringValue ?? ""
        code = DeviceErrorCode(rawValue: word) ?? .internalError
        self.message = message
        retryAfter = reply["retry_after_ms"]?.integerValue.map { .milliseconds($0) }
    }

    /// The members of an error reply.
    package var members: [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [
            ("error", .string(message)), ("code", .string(code.rawValue)),
        ]
        if let retryAfter {
            // Rounded up: a client that comes back exactly then must not be too early.
            let milliseconds = retryAfter / .milliseconds(1)
            members.append(("retry_after_ms", JSONValue(Int(milliseconds.rounded(.up)))))
        }
        return members
    }
}
