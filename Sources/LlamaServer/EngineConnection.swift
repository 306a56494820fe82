internal import DeviceProtocol
package import JSON
package import POSIX

/// Requests to one llama-server over connections that a grant gives.
///
/// One task uses it, one request after the other. A connection is used again while the server keeps
/// it; otherwise `connect` makes another. Work that is not wanted any more is called off by `cut`, or
/// by letting go of everything: the server stops at its next batch.
package final class EngineConnection {
    /// Makes a connection to the server.
    package typealias Connect = () async throws -> FileDescriptorBox

    private let connect: Connect
    private let loop: EventLoop
    private var socket: EngineSocket?
    /// Whether an answer is still on its way.
    private var isAnswering = false

    /// Creates a connection that is not made yet.
    ///
    /// - Parameters:
    ///   - loop: Where the server's bytes arrive.
    ///   - connect: Makes a connection to the server; non-blocking.
    package init(loop: EventLoop, connect: @escaping Connect) {
        self.loop = loop
        self.connect = connect
    }

    deinit {
        if isAnswering { socket?.cut() }
    }

    /// Calls off what the server works on.
    package func cut() {
        socket?.cut()
        socket = nil
        isAnswering = false
    }

    /// Asks for an answer that comes as a whole.
    ///
    /// Only for what the server does at once: it notices a client that leaves only once a second
    /// while it has nothing to send.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - body: The request.
    /// - Returns: The answer.
    /// - Throws: `EngineFailure`, `DeviceError` `revoked` when the connection is cut,
    ///   `CancellationError`.
    package func call(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        try await whole(path, body.serialized)
    }

    /// Reads what the server tells without being given anything.
    ///
    /// - Parameter path: The path.
    /// - Returns: The answer.
    /// - Throws: As `call`.
    package func read(_ path: String) async throws -> JSONValue {
        try await whole(path, nil)
    }

    private func whole(_ path: String, _ body: [UInt8]?) async throws -> JSONValue {
        var (answer, content) = try await ask(path, body, accepting: "application/json")
        while !answer.isComplete { content += try await receive(&answer) ?? [] }
        finish(answer)
        guard answer.status == 200 else { throw Self.failure(answer.status, content) }
        return try Self.parse(content[...])
    }

    /// Asks for an answer that comes in events.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - body: The request's JSON; written before, because this is called where nothing may take long.
    /// - Returns: The events; read them to the end, or call `cut`.
    /// - Throws: As `call`.
    package func stream(_ path: String, _ body: [UInt8]) async throws -> EngineEvents {
        var (answer, content) = try await ask(path, body, accepting: "text/event-stream")
        guard answer.status == 200 else {
            while !answer.isComplete { content += try await receive(&answer) ?? [] }
            finish(answer)
            throw Self.failure(answer.status, content)
        }
        return EngineEvents(self, answer, content)
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// The server may close a kept connection at any time between two requests; what it has not begun
    /// to answer is asked again over a new one.
    private func ask(
        _ path: String,
        _ body: [UInt8]?,
        accepting type: String
    ) async throws -> (HTTPAnswer, [UInt8]) {
        let isReused = socket != nil && !isAnswering
        do {
            return try await askOnce(path, body, accepting: type)
        } catch is DeviceError where isReused {
            cut()
            return try await askOnce(path, body, accepting: type)
        }
    }

    private func askOnce(
        _ path: String,
        _ body: [UInt8]?,
        accepting type: String
    ) async throws -> (HTTPAnswer, [UInt8]) {
        try await send(path, body, accepting: type)
        var answer = HTTPAnswer()
        var content: [UInt8] = []
        while answer.status == 0 { content += try await receive(&answer) ?? [] }
        return (answer, content)
    }

    private func send(_ path: String, _ content: [UInt8]?, accepting type: String) async throws {
        var head = ["\(content == nil ? "GET" : "POST") \(path) HTTP/1.1", "Host: engine"]
        if let content {
            head += ["Content-Type: application/json", "Content-Length: \(content.count)"]
        }
        head.append("Accept: \(type)")
        let socket: EngineSocket
        if let open = self.socket, !isAnswering {
            socket = open
        } else {
            self.socket?.cut()
            socket = try EngineSocket(try await connect(), loop: loop)
            self.socket = socket
        }
        isAnswering = true
        let lines = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        try await socket.write(lines + (content ?? []))
    }

    /// More bytes of the answer's body; nil when the connection has ended with it.
    func receive(_ answer: inout HTTPAnswer) async throws -> [UInt8]? {
        guard let socket else { throw EngineSocket.lost }
        let bytes = try await socket.read()
        do throws(HTTPAnswer.Malformed) {
            guard let bytes else {
                try answer.end()
                return nil
            }
            return try answer.take(bytes)
        } catch {
            // Cut short: by the manager, or with the engine.
            cut()
            throw EngineSocket.lost
        }
    }

    func finish(_ answer: HTTPAnswer) {
        isAnswering = false
        if !answer.isKept { socket = nil }
    }

    // MARK: What the server says

    fileprivate static func parse(_ bytes: ArraySlice<UInt8>) throws(EngineFailure) -> JSONValue {
        switch unsafe bytes.withUnsafeBytes({ unsafe JSONValue.parse($0) }) {
        case .success(let value): return value
        case .failure(let error): throw nonsense("\(error)")
        }
    }

    static func failure(_ status: Int, _ content: [UInt8]) -> EngineFailure {
        let error = (try? JSONValue(parsing: content))?["error"]
        return failure(error ?? .null, status: status)
    }

    static func failure(_ error: JSONValue, status: Int) -> EngineFailure {
        var failure = EngineFailure(
            status: error["code"]?.integerValue ?? status,
            type: error["type"]?.stringValue ?? "server_error",
            message: error["message"]?.stringValue ?? "the engine answered with status \(status)"
        )
        failure.promptTokens = error["n_prompt_tokens"]?.integerValue
        return failure
    }

    /// An answer that is not what was asked for.
    ///
    /// - Parameter reason: What is wrong with it.
    package static func nonsense(_ reason: String) -> EngineFailure {
        EngineFailure(
            status: 500,
            type: "server_error",
            message: "the engine answered nonsense: \(reason)"
        )
    }
}

/// The events of one answer.
package struct EngineEvents: ~Copyable {
    private let connection: EngineConnection
    private var answer: HTTPAnswer
    private var lines = EventLines()
    private var events: [ArraySlice<UInt8>]
    private var next = 0

    init(_ connection: EngineConnection, _ answer: HTTPAnswer, _ content: [UInt8]) {
        self.connection = connection
        self.answer = answer
        events = lines.take(content)
        // All of it may have come with the head.
        if answer.isComplete { connection.finish(answer) }
    }

    private static let done = Array("[DONE]".utf8)

    /// Whether the next event is here already.
    package var isNextHere: Bool { next < events.count }

    /// The next event; nil after the last.
    ///
    /// - Returns: Its bytes, which `value(of:)` reads.
    /// - Throws: `DeviceError` `revoked` when the connection is cut, `CancellationError`.
    package mutating func read() async throws -> ArraySlice<UInt8>? {
        while next == events.count {
            if answer.isComplete { return nil }
            guard let bytes = try await connection.receive(&answer) else { return nil }
            events = lines.take(bytes)
            next = 0
            if answer.isComplete { connection.finish(answer) }
        }
        let event = events[next]
        next += 1
        return event == Self.done[...] ? try await read() : event
    }

    /// Reads an event.
    ///
    /// - Parameter event: Its bytes.
    /// - Returns: Its data.
    /// - Throws: `EngineFailure` when the server reports one, or what it says is no JSON.
    package static func value(of event: ArraySlice<UInt8>) throws(EngineFailure) -> JSONValue {
        let value = try EngineConnection.parse(event)
        if let error = value["error"] {
            throw EngineConnection.failure(error, status: 500)
        }
        return value
    }
}
