package import JSON

/// A failure of the device manager or an engine, as it travels and as callers see it.
package struct DeviceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable word for programs.
    package let code: DeviceErrorCode
    /// What happened, for people.
    package let message: String
    /// When asking again makes sense; nil when it does not.
    package let retryAfter: Duration?
    /// What else programs may want to know, such as `needed_bytes`; empty for most errors.
    package let details: JSONObject

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: A stable word for programs.
    ///   - message: What happened.
    ///   - retryAfter: When asking again makes sense.
    ///   - details: What else programs may want to know.
    package init(
        _ code: DeviceErrorCode,
        _ message: String,
        retryAfter: Duration? = nil,
        details: JSONObject = [:]
    ) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.details = details
    }

    /// The output that did not fit and the bytes that it takes, with `outputTooSmall`.
    package var neededSpace: (output: String, bytes: Int)? {
        guard let output = details["output"]?.stringValue,
            let bytes = details["needed_bytes"]?.integerValue
        else { return nil }
        return (output, bytes)
    }

    /// The sentence for logs.
    package var description: String { "\(code.rawValue): \(message)" }

    /// Members of an error's frame that belong to the frame, not to the error.
    private static let envelope: Set<String> = [
        "error", "code", "retry_after_ms", "request_id", "status", "event", "ticket", "descriptors",
    ]

    /// Reads an error reply: `{"error", "code", "retry_after_ms"}` and details.
    ///
    /// - Parameter reply: A frame; nil comes back when it is no error.
    package init?(reply: JSONObject) {
        guard let message = reply["error"]?.stringValue else { return nil }
        let word = reply["code"]?.stringValue ?? ""
        code = DeviceErrorCode(rawValue: word) ?? .internalError
        self.message = message
        retryAfter = reply["retry_after_ms"]?.integerValue.map { .milliseconds($0) }
        let others = reply.members.filter { !Self.envelope.contains($0.name) }
        details = JSONObject(others.map { ($0.name, $0.value) })
    }

    /// The last frame of a connection that is closed for this error.
    var farewell: JSONObject { JSONObject([("event", "closed")] + members) }

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
        return members + details.members.map { ($0.name, $0.value) }
    }
}
