import HTTPService
import JSON
import Logging
import Metrics
import POSIX
import TestKit
import Testing

/// Runs each test of a suite on the library's threads, on the loop's with tasks elsewhere, and with all
/// of it on the loop's.
struct EveryKindOfThreads: SuiteTrait, TestTrait, TestScoping {
    @TaskLocal static var threads = HTTPServer.Configuration().threads
    @TaskLocal static var tasksAreOnLoop = false

    let isRecursive = true

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        // A suite's scope holds its tests, each of which comes here by itself.
        guard testCase != nil else { return try await function() }
        try await function()
        try await Self.$threads.withValue(.loop) {
            try await function()
            try await Self.$tasksAreOnLoop.withValue(true) { try await function() }
        }
    }
}

extension Trait where Self == EveryKindOfThreads {
    static var everyKindOfThreads: Self { Self() }
}

/// A server on a free port with an in-memory log; `with` drains it at the end.
final class TestService: Sendable {
    let metrics = Metrics()
    let server: HTTPServer
    private let loop: EventLoop
    let port: UInt16
    private let entries: LogBox

    final class LogBox: Sendable {
        let entries = Guarded<[LogEntry]>([])
    }

    private init(
        _ configuration: HTTPServer.Configuration,
        _ routes: [Route],
        _ shapes: [String: ErrorEnvelope],
        _ notReady: @escaping @Sendable () -> String?
    ) async throws {
        loop = try EventLoop(name: "http")
        var router = Router()
        for var route in routes {
            if EveryKindOfThreads.tasksAreOnLoop { route.shortTasks = LoopTaskExecutor(loop) }
            router.add(route)
        }
        for (start, errors) in shapes { router.setErrors(errors, below: start) }
        let box = LogBox()
        entries = box
        server = HTTPServer(
            configuration,
            router: router,
            about: ServiceDescription(
                name: "test",
                version: "1.2.3",
                health: { $0.value(["status": "ok"]) },
                notReady: notReady
            ),
            loop: loop,
            metrics: metrics,
            logger: Logger(label: "http", minimum: .debug) { entry in
                box.entries.withLock { $0.append(entry) }
            }
        )
        do {
            port = try await server.start()
        } catch {
            loop.stop()
            throw error
        }
    }

    static func with(
        _ routes: [Route] = [],
        shapes: [String: ErrorEnvelope] = [:],
        configure: (inout HTTPServer.Configuration) -> Void = { _ in },
        notReady: @escaping @Sendable () -> String? = { nil },
        _ body: (TestService) async throws -> Void
    ) async throws {
        var configuration = HTTPServer.Configuration()
        configuration.threads = EveryKindOfThreads.threads
        // Tests that run beside many others may take longer than a server's patience.
        configuration.idleTimeout = .seconds(3600)
        configuration.headTimeout = .seconds(3600)
        configuration.bodyTimeout = .seconds(3600)
        configure(&configuration)
        let service = try await TestService(configuration, routes, shapes, notReady)
        do {
            try await body(service)
        } catch {
            await service.end()
            throw error
        }
        await service.end()
    }

    private func end() async {
        await server.drain(deadline: .zero)
        loop.stop()
    }

    var log: [LogEntry] { entries.entries.withLock { $0 } }

    func client() throws -> RawClient { try RawClient(port: port) }
}

extension LogEntry {
    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}

extension RawClient.Response {
    var json: JSONValue? { try? JSONValue(parsing: body) }
}

extension Route {
    static func task(
        _ method: HTTPMethod,
        _ path: String,
        body: Body = .bytes,
        limit: Int? = nil,
        errors: ErrorEnvelope? = nil,
        _ handler: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> Route {
        Route(
            method,
            path,
            Description("Test."),
            body: body,
            bodyLimit: limit,
            errors: errors,
            handler: .task(handler)
        )
    }

    static func immediate(
        _ method: HTTPMethod,
        _ path: String,
        _ handler: @escaping @Sendable (HTTPRequest) throws -> HTTPResponse
    ) -> Route {
        Route(method, path, Description("Test."), handler: .immediate(handler))
    }

    /// Answers with what arrived.
    static func echo(_ path: String, limit: Int? = nil) -> Route {
        task(.post, path, limit: limit) {
            HTTPResponse(contentType: "application/octet-stream", body: $0.body)
        }
    }
}

/// A door that handlers wait at and tests open; also tells the test who arrived.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var arrivals = 0
    private var arrivalWaiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    /// Handlers: arrive and wait until the gate is open; ignores cancellation.
    func pass() async {
        arrive()
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Handlers: note an arrival only.
    func arrive() {
        arrivals += 1
        for waiter in arrivalWaiters where waiter.count <= arrivals { waiter.continuation.resume() }
        arrivalWaiters.removeAll { $0.count <= arrivals }
    }

    /// Tests: wait until so many have arrived.
    func arrived(_ count: Int) async {
        guard arrivals < count else { return }
        await withCheckedContinuation { arrivalWaiters.append((count, $0)) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

/// Waits until the task is cancelled.
func untilCancelled() async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    for await _ in stream {}
    // Keeps the stream from ending because nobody could yield any more.
    withExtendedLifetime(continuation) {}
    try Task.checkCancellation()
}

/// Waits until the task is cancelled, and tells the test of it.
func untilCancelled(noting gate: Gate) async throws {
    do {
        try await untilCancelled()
    } catch {
        await gate.arrive()
        throw error
    }
}
