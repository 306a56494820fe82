package import JSON

/// What a handler answers.
package struct HTTPResponse: Sendable {
    /// The status, 200 to 599.
    package var status: Int
    /// Further fields; the server adds `X-Request-Id`, `Server-Timing`, length and date.
    package var headers: HTTPHeaders
    /// The body; left out by the server where the method or status has none.
    package var body: [UInt8]
    /// How long the steps of the work took, for `Server-Timing`; names are tokens.
    package var timings: [(name: String, duration: Duration)] = []

    /// Creates a response.
    ///
    /// - Parameters:
    ///   - status: 200 to 599.
    ///   - contentType: The body's type, or nil without a body.
    ///   - headers: Further fields.
    ///   - body: The body.
    package init(
        status: Int = 200,
        contentType: String?,
        headers: HTTPHeaders = [:],
        body: [UInt8] = []
    ) {
        precondition((200...599).contains(status), "a response has a final status")
        self.status = status
        self.headers = headers
        self.body = body
        if let contentType { self.headers.add("Content-Type", contentType) }
    }

    /// A JSON body.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - status: 200 to 599.
    package static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        json(bytes: value.serialized, status: status)
    }

    /// A JSON body that is already text, from a `JSONWriter`.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - status: 200 to 599.
    package static func json(bytes: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: bytes)
    }

    /// A plain text body.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - status: 200 to 599.
    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status,
            contentType: "text/plain; charset=utf-8",
            body: Array(text.utf8)
        )
    }

    /// The `Server-Timing` field, or nil without timings.
    var serverTiming: String? {
        guard !timings.isEmpty else { return nil }
        return timings.map { "\($0.name);dur=\($0.duration.millisecondText)" }
            .joined(separator: ", ")
    }
}
