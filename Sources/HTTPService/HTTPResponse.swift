package import JSON

/// What a handler answers.
package struct HTTPResponse: Sendable {
    /// Where the bytes of an answer come from.
    package enum Body: Sendable {
        /// All of them are here.
        case bytes([UInt8])
        /// A closure writes them, in the request's task, once the head is on its way; only answers of
        /// `task` and `upload` routes can be streamed. An error that it throws cuts the connection:
        /// what a client is to be told of must be written.
        case stream(@Sendable (AnswerStream) async throws -> Void)
        /// They are part of a file.
        case file(FileRegion)
    }

    /// The status, 200 to 599.
    package var status: Int
    /// Further fields; the server adds `X-Request-Id`, `Server-Timing`, length and date.
    package var headers: HTTPHeaders
    /// The body; left out by the server where the method or status has none.
    package var body: Body
    /// Whether the head of a streamed answer waits for its first byte, so that an error which the
    /// closure throws before that is answered like one that the handler throws.
    package var startsLate = false
    /// Bytes of a streamed answer that may wait for a client that does not read; beyond it the closure's
    /// writes wait.
    package var unreadLimit = Self.usualUnreadLimit
    /// How long the steps of the work took, for `Server-Timing` and the log; names are tokens.
    package var timings: [(name: String, duration: Duration)] = []
    /// Further fields of the request's log line: the model, sizes, counts.
    package var notes: [(name: String, value: String)] = []

    /// Enough that handlers do not wait for each piece to be taken.
    static let usualUnreadLimit = 128 << 10

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
        self.body = .bytes(body)
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

    /// An answer that a closure writes piece by piece.
    ///
    /// - Parameters:
    ///   - contentType: The type of the whole.
    ///   - status: 200 to 599.
    ///   - write: Writes the body; see `Body.stream`.
    package static func stream(
        _ contentType: String,
        status: Int = 200,
        _ write: @escaping @Sendable (AnswerStream) async throws -> Void
    ) -> HTTPResponse {
        var response = HTTPResponse(status: status, contentType: contentType)
        response.body = .stream(write)
        return response
    }

    /// Server-sent events, which no cache may keep.
    ///
    /// - Parameter write: Writes the events; see `Body.stream`.
    package static func events(
        _ write: @escaping @Sendable (AnswerStream) async throws -> Void
    ) -> HTTPResponse {
        var response = stream("text/event-stream", write)
        response.headers.add("Cache-Control", "no-store")
        return response
    }

    /// JSON values, one a line.
    ///
    /// - Parameter write: Writes the lines; see `Body.stream`.
    package static func lines(
        _ write: @escaping @Sendable (AnswerStream) async throws -> Void
    ) -> HTTPResponse {
        stream("application/x-ndjson", write)
    }

    /// The `Server-Timing` field, or nil without timings.
    var serverTiming: String? {
        guard !timings.isEmpty else { return nil }
        return timings.map { "\($0.name);dur=\($0.duration.millisecondText)" }
            .joined(separator: ", ")
    }
}
