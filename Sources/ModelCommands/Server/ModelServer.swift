package import JSON

/// What the commands ask of a server that speaks Ollama's API.
package struct ModelServer: Sendable {
    /// Where it is.
    package let address: ServerAddress
    private let transport: any ServerTransport
    private let hint: String

    /// Most bytes of an answer that is read as a whole: 256 MiB; chosen.
    private static let longestAnswer = 256 << 20

    /// Creates a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - address: Where the server is.
    ///   - transport: How requests reach it.
    ///   - hint: What people are told when nobody answers: what happened, and what to do.
    package init(address: ServerAddress, transport: any ServerTransport, hint: String) {
        self.address = address
        self.transport = transport
        self.hint = hint
    }

    /// Asks for one answer.
    ///
    /// - Parameters:
    ///   - method: "GET".
    ///   - path: From the slash on.
    ///   - body: What goes with it.
    /// - Returns: The answer; null where there was none.
    /// - Throws: `ServerError`, `CancellationError`.
    package func ask(
        _ method: String,
        _ path: String,
        _ body: JSONValue? = nil
    ) async throws -> JSONValue {
        var bytes: [UInt8] = []
        let status = try await exchange(request(method, path, body)) { _, more in
            bytes += more
            guard bytes.count <= Self.longestAnswer else {
                throw ServerError(.garbled, "the server's answer does not end")
            }
        }
        guard (200..<300).contains(status) else { throw Self.refusal(status, bytes) }
        guard bytes.contains(where: { !Self.isBlank($0) }) else { return .null }
        guard let value = try? JSONValue(parsing: bytes) else { throw Self.garbled(bytes) }
        return value
    }

    /// Asks for an answer of many lines.
    ///
    /// - Parameters:
    ///   - path: From the slash on.
    ///   - body: What goes with it.
    ///   - each: Takes each object of the answer as it comes; what it throws ends the exchange.
    /// - Throws: `ServerError`, also for an error that came as one of the lines; what `each` threw;
    ///   `CancellationError`.
    package func stream(
        _ path: String,
        _ body: JSONValue,
        each: (JSONValue) throws -> Void
    ) async throws {
        var lines = LineSplitter()
        var refused: [UInt8] = []
        let status = try await exchange(request("POST", path, body)) { status, bytes in
            guard (200..<300).contains(status) else {
                if refused.count < 1 << 20 { refused += bytes }
                return
            }
            for line in try lines.take(bytes) { try Self.hand(line, to: each) }
        }
        guard (200..<300).contains(status) else { throw Self.refusal(status, refused) }
        if let line = lines.finish() { try Self.hand(line, to: each) }
    }

    /// Whether the server has a blob.
    ///
    /// - Parameter digest: "sha256:" and 64 digits.
    /// - Throws: `ServerError`, `CancellationError`.
    package func hasBlob(_ digest: String) async throws -> Bool {
        let request = ServerRequest("HEAD", "/api/blobs/\(digest)")
        let status = try await exchange(request) { _, _ in }
        guard status == 404 || (200..<300).contains(status) else {
            throw Self.refusal(status, [])
        }
        return status != 404
    }

    /// Sends a blob.
    ///
    /// - Parameters:
    ///   - digest: "sha256:" and 64 digits.
    ///   - path: The file.
    ///   - bytes: Its size.
    ///   - sent: Told how many bytes have gone.
    /// - Throws: `ServerError`, `CancellationError`.
    package func sendBlob(
        _ digest: String,
        from path: String,
        bytes: Int,
        sent: @escaping @Sendable (Int) -> Void
    ) async throws {
        let body = ServerRequest.Body.file(path: path, bytes: bytes, sent: sent)
        let request = ServerRequest("POST", "/api/blobs/\(digest)", body: body)
        var answer: [UInt8] = []
        let status = try await exchange(request) { _, more in
            if answer.count < 1 << 20 { answer += more }
        }
        guard (200..<300).contains(status) else { throw Self.refusal(status, answer) }
    }

    /// Says what to do when nobody answers.
    private func exchange(
        _ request: ServerRequest,
        receive: (_ status: Int, _ bytes: [UInt8]) throws -> Void
    ) async throws -> Int {
        do {
            return try await transport.exchange(request, receive: receive)
        } catch let error as ServerError where error.code == .unreachable {
            throw ServerError(.unreachable, "\(hint) (\(error.message))")
        }
    }

    private func request(_ method: String, _ path: String, _ body: JSONValue?) -> ServerRequest {
        ServerRequest(method, path, body: body.map { .json($0.serialized) } ?? .none)
    }

    private static func hand(_ line: [UInt8], to each: (JSONValue) throws -> Void) throws {
        guard let value = try? JSONValue(parsing: line) else { throw garbled(line) }
        if let message = message(in: value) { throw ServerError(.inStream, message) }
        try each(value)
    }

    /// The error of an answer that has one: Ollama's, or OpenAI's with an object.
    private static func message(in value: JSONValue) -> String? {
        guard let error = value["error"] else { return nil }
        return error.stringValue ?? error["message"]?.stringValue
    }

    private static func refusal(_ status: Int, _ bytes: [UInt8]) -> ServerError {
        let value = try? JSONValue(parsing: bytes)
        if let message = value.flatMap(message) {
            return ServerError(.status(status), message + remedy(status))
        }
        let text = String(decoding: bytes.prefix(200), as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let reason = words.isEmpty ? "the server answered with status \(status)" : words
        return ServerError(.status(status), reason + remedy(status))
    }

    private static func remedy(_ status: Int) -> String {
        switch status {
        case 401: "; give a key of the server's in BATON_API_KEY"
        case 413: "; the server's configuration says how much it takes"
        default: ""
        }
    }

    private static func garbled(_ bytes: [UInt8]) -> ServerError {
        let start = String(decoding: bytes.prefix(80), as: UTF8.self)
        return ServerError(.garbled, "what answers there is no server of models: '\(start)'")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }
}
