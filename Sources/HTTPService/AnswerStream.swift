package import JSON

/// The way by which a handler sends an answer piece by piece.
///
/// Used by one task at a time. What is written goes out as soon as the client takes it; `write` waits
/// while more is on its way than the response's `unreadLimit`, so a slow client slows its handler and
/// costs little memory.
package struct AnswerStream: Sendable {
    /// The answer cannot be completed.
    struct Failed: Error {}

    let request: RunningRequest

    /// Sends bytes.
    ///
    /// - Parameter bytes: A piece of the body; none is fine.
    /// - Throws: `CancellationError` when the client is gone or the server ends.
    package func write(_ bytes: [UInt8]) async throws(CancellationError) {
        try await request.write(bytes)
    }

    /// Sends text as UTF-8.
    ///
    /// - Parameter text: A piece of the body.
    /// - Throws: `CancellationError` when the client is gone or the server ends.
    package func write(_ text: String) async throws(CancellationError) {
        try await request.write(Array(text.utf8))
    }

    /// Sends a JSON value and a line break, as NDJSON wants it.
    ///
    /// - Parameter value: The value.
    /// - Throws: `CancellationError` when the client is gone or the server ends.
    package func line(_ value: JSONValue) async throws(CancellationError) {
        try await request.write(value.serialized + [UInt8(ascii: "\n")])
    }

    /// Sends a server-sent event.
    ///
    /// - Parameters:
    ///   - data: The data; each of its lines becomes a `data` field.
    ///   - name: The event's type, without line breaks; nil for "message".
    ///   - id: The event's id, without line breaks.
    /// - Throws: `CancellationError` when the client is gone or the server ends.
    package func event(
        _ data: String,
        name: String? = nil,
        id: String? = nil
    ) async throws(CancellationError) {
        try await request.write(ServerSentEvent.bytes(data, name: name, id: id))
    }

    /// Sends a comment, which clients ignore: keeps a silent stream's connection in use.
    ///
    /// - Throws: `CancellationError` when the client is gone or the server ends.
    package func keepAlive() async throws(CancellationError) {
        try await request.write(Array(":\n\n".utf8))
    }

    /// Changes the head of an answer that starts late, as long as nothing was written.
    ///
    /// - Parameter change: What is different.
    /// - Returns: Whether the head was still to be sent.
    @discardableResult
    package func change(_ change: (inout HTTPResponse) -> Void) -> Bool {
        request.changeHeld(change)
    }

    /// Adds a field to the request's log line, such as a count that is known only at the end.
    ///
    /// - Parameters:
    ///   - name: The field's name.
    ///   - value: The field's value.
    package func note(_ name: String, _ value: String) {
        request.note(name, value)
    }

    /// Adds how long a step took to the request's log line, as the timings of answers that come as a
    /// whole are there.
    ///
    /// - Parameters:
    ///   - name: The step.
    ///   - duration: How long it took.
    package func note(_ name: String, took duration: Duration) {
        request.note("\(name)_ms", duration.millisecondText)
    }
}

/// The text of server-sent events, as the HTML standard describes it.
enum ServerSentEvent {
    static func bytes(_ data: String, name: String?, id: String?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.utf8.count + 16)
        if let name { field("event", name.utf8, &bytes) }
        if let id { field("id", id.utf8, &bytes) }
        // A reader ends a line at CR, LF and CRLF alike, so each would otherwise end the field.
        var line: [UInt8] = []
        var afterReturn = false
        for byte in data.utf8 {
            if byte == UInt8(ascii: "\n"), afterReturn {
                afterReturn = false
                continue
            }
            afterReturn = byte == UInt8(ascii: "\r")
            guard afterReturn || byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            field("data", line, &bytes)
            line.removeAll(keepingCapacity: true)
        }
        field("data", line, &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private static func field(
        _ name: String,
        _ value: some Collection<UInt8>,
        _ bytes: inout [UInt8]
    ) {
        bytes += Array("\(name): ".utf8)
        bytes += value
        bytes.append(UInt8(ascii: "\n"))
    }
}
