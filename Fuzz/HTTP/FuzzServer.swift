internal import HTTPService
internal import JSON
internal import Logging
internal import Metrics
internal import POSIX

/// A real HTTP server in this process, with a route of each kind, and what must hold of its answers.
final class FuzzServer: Sendable {
    private let server: HTTPServer
    let port: UInt16

    init() throws {
        var configuration = HTTPServer.Configuration()
        configuration.bodyLimit = 64 << 10
        configuration.idleTimeout = .seconds(1)
        var router = Router()
        for route in Self.routes { router.add(route) }
        server = HTTPServer(
            configuration,
            router: router,
            about: ServiceDescription(
                name: "fuzz",
                version: "0",
                health: { $0.value(["status": "ok"]) },
                notReady: { nil }
            ),
            loop: try EventLoop(name: "http"),
            metrics: Metrics(),
            logger: Logger(label: "http", minimum: .error) { _ in }
        )
        port = try Self.wait { [server] in try await server.start() }
    }

    /// Demands that the server still serves.
    func mustBeWell() throws {
        let client = try LoopbackClient(port: port)
        let request = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        client.send(Array(request.utf8))
        var reader = AnswerReader(client.answer(silence: 30_000).bytes)
        demand(try reader.next(hasBody: true)?.status == 200, "the server does not serve any more")
    }

    /// Demands of one response that it says what errors say.
    ///
    /// What the library refuses by itself says it too; a request that took too long has no id,
    /// because its head need not be complete.
    static func judge(_ answer: AnswerReader.Answer) {
        guard answer.status >= 400 else { return }
        let error = (try? JSONValue(parsing: answer.body))?["error"]
        demand(
            error?["message"]?.stringValue != nil && error?["code"]?.stringValue != nil
                && error?["request_id"]?.stringValue == answer["X-Request-Id"] ?? "",
            "a \(answer.status) is not in our envelope: "
                + String(decoding: answer.body.prefix(200), as: UTF8.self)
        )
    }

    private static let routes = [
        Route(.get, "/now", .init("Fuzz."), handler: .immediate { .text("\($0.query)") }),
        Route(.get, "/items/{id}", .init("Fuzz."), handler: .task { .text($0.parameter("id")) }),
        Route(
            .post,
            "/echo",
            .init("Fuzz."),
            handler: .task { HTTPResponse(contentType: nil, body: $0.body) }
        ),
        Route(
            .post,
            "/json",
            .init("Fuzz."),
            handler: .task { .json(.object(try $0.json().object)) }
        ),
        Route(
            .post,
            "/parts",
            .init("Fuzz."),
            body: .multipart,
            handler: .task { .json(.array($0.parts.map(describe))) }
        ),
    ]

    private static func describe(_ part: MultipartPart) -> JSONValue {
        [
            "name": .string(part.name), "filename": part.filename.map { .string($0) } ?? .null,
            "type": part.contentType.map { .string($0) } ?? .null,
            "bytes": .array(part.bytes.map { JSONValue($0) }),
        ]
    }

    /// Waits for asynchronous work on this thread, which is none of the runtime's.
    private static func wait<Value: Sendable>(
        for work: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let result = Guarded<Result<Value, any Error>?>(nil)
        let done = Semaphore()
        // Awaited below, by the semaphore.
        Task {
            let outcome: Result<Value, any Error>
            do { outcome = .success(try await work()) } catch { outcome = .failure(error) }
            result.withLock { $0 = outcome }
            done.post()
        }
        done.wait()
        guard let outcome = result.withLock({ $0 }) else { preconditionFailure("it was stored") }
        return try outcome.get()
    }
}
