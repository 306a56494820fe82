import DeviceProtocol
import HTTPService
import JSON
import Logging
import POSIX
import ServiceKit

/// Another task that answers what it is asked, so that a route really waits.
actor Relay {
    private var count = 0

    /// Counts a call.
    func call() -> Int {
        count += 1
        return count
    }
}

/// The routes that the benchmarks ask.
struct BenchmarkRoutes {
    let relay: Relay

    var router: Router {
        var router = Router()
        router.add(
            Route(
                .get,
                "/wait/{name}",
                .init("Waits for another task."),
                logLevel: .debug,
                handler: .task { [relay] request in
                    let count = await relay.call()
                    return .json([
                        "name": .string(request.parameter("name")), "count": JSONValue(count),
                    ])
                }
            )
        )
        router.add(
            Route(
                .get,
                "/events",
                .init("Sends 20 events a second, each with the time at which it was due."),
                logLevel: .debug,
                handler: .task { _ in .events(Self.sendEvents) }
            )
        )
        router.add(
            Route(
                .post,
                "/image",
                .init("Takes an image as JSON or multipart and tells its bytes."),
                body: .bytesOrMultipart,
                logLevel: .debug,
                handler: .task(Self.measureImage)
            )
        )
        return router
    }

    private static func sendEvents(_ stream: AnswerStream) async throws {
        // Streams that start together must not all be due together.
        var due = MonotonicTime.now + .microseconds(Int.random(in: 0..<50_000))
        while true {
            try await Task.sleep(for: due - .now)
            try await stream.event("\(due.nanoseconds)")
            due = due + .milliseconds(50)
        }
    }

    private static let pool = BufferPool()

    private static func measureImage(_ request: HTTPRequest) async throws -> HTTPResponse {
        let input: ImageInput
        if let part = request.part("image") {
            input = try ImageInput(bytes: part.bytes, pool: pool)
        } else {
            let text = try request.json().text("image")
            input = try ImageInput(text: text ?? JSONText(""), pool: pool)
        }
        defer { pool.giveBack(input.buffer) }
        return .json(["bytes": JSONValue(input.count)])
    }
}
