import HTTPService
import JSON
import Logging
import POSIX
import TestKit
import Testing

@Suite(.everyKindOfThreads) struct StreamTests {
    @Test func sendsPiecesAsTheyAreWritten() async throws {
        let gate = Gate()
        let route = Route.task(.get, "/pieces") { _ in
            .stream("text/plain") { stream in
                try await stream.write("one ")
                await gate.pass()
                try await stream.write("two")
                try await stream.write([])
            }
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            try await client.send("GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n")
            // The first piece is here although the handler has not written the second.
            #expect(try await client.chunk() == "one ")
            await gate.open()
            #expect(try await client.chunk() == "two")
            #expect(try await client.chunk() == nil)
            // The connection goes on.
            #expect(try await client.request("GET", "/health").status == 200)
        }
    }

    @Test func writesEventsAndLines() async throws {
        let routes: [Route] = [
            .task(.get, "/events") { _ in
                .events { stream in
                    try await stream.event("a\nb", name: "tick", id: "7")
                    try await stream.event("c\r\nd\re")
                    try await stream.keepAlive()
                    try await stream.event("")
                }
            },
            .task(.get, "/lines") { _ in
                .lines { stream in
                    try await stream.line(["done": false])
                    try await stream.line(["done": true])
                }
            },
        ]
        try await TestService.with(routes) { service in
            let client = try service.client()
            let events = try await client.request("GET", "/events")
            #expect(events["Content-Type"] == "text/event-stream")
            #expect(events["Cache-Control"] == "no-store")
            #expect(
                events.text == "event: tick\nid: 7\ndata: a\ndata: b\n\n"
                    + "data: c\ndata: d\ndata: e\n\n:\n\ndata: \n\n"
            )
            let lines = try await client.request("GET", "/lines")
            #expect(lines["Content-Type"] == "application/x-ndjson")
            #expect(lines.text == "{\"done\":false}\n{\"done\":true}\n")
        }
    }

    @Test func decidesALateHeadWithTheFirstByte() async throws {
        func late(
            _ path: String,
            _ write: @escaping @Sendable (AnswerStream) async throws -> Void
        ) -> Route {
            .task(.get, path) { _ in
                var response = HTTPResponse.lines(write)
                response.startsLate = true
                return response
            }
        }
        let refusal = HTTPError(409, code: "not_now", "not now", retryAfter: 7)
        let routes = [
            late("/refused") { _ in throw refusal },
            late("/empty") { _ in },
            late("/changed") { stream in
                #expect(stream.change { $0.headers["X-Step"] = "one" })
                try await stream.line(["a": 1])
                #expect(!stream.change { $0.headers["X-Step"] = "two" })
            },
            late("/cut") { stream in
                try await stream.line(["a": 1])
                throw refusal
            },
        ]
        try await TestService.with(routes) { service in
            let client = try service.client()
            let refused = try await client.request("GET", "/refused")
            #expect(refused.status == 409 && refused["Retry-After"] == "7")
            #expect(refused.text.contains("not_now"))
            let empty = try await client.request("GET", "/empty")
            #expect(empty.status == 200 && empty.text == "")
            let changed = try await client.request("GET", "/changed")
            #expect(changed.status == 200 && changed["X-Step"] == "one")
            #expect(changed.text == "{\"a\":1}\n")
            try await client.send("GET /cut HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await client.chunk() == "{\"a\":1}\n")
            await #expect(throws: (any Error).self) { _ = try await client.chunk() }
        }
    }

    @Test func keepsTheOrderOfManyPieces() async throws {
        let route = Route.task(.get, "/many") { _ in
            .stream("text/plain") { stream in
                for number in 0..<20_000 { try await stream.write("\(number)\n") }
            }
        }
        try await TestService.with([route]) { service in
            let text = try await service.client().request("GET", "/many").text
            #expect(text == (0..<20_000).map { "\($0)\n" }.joined())
        }
    }

    @Test func waitsForSlowClients() async throws {
        let written = Guarded(0)
        let piece = [UInt8](repeating: 0x78, count: 64 << 10)
        let ended = Gate()
        let route = Route.task(.get, "/endless") { _ in
            .stream("text/plain") { stream in
                do {
                    while true {
                        try await stream.write(piece)
                        written.withLock { $0 += piece.count }
                    }
                } catch {
                    await ended.arrive()
                    throw error
                }
            }
        }
        try await TestService.with([route]) { service in
            let client = try RawClient(port: service.port, receiveBuffer: 4096)
            try await client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await client.chunk() != nil)
            // Others are served meanwhile, again and again, and the amount comes to rest.
            var last = -1
            while written.withLock({ $0 }) != last {
                last = written.withLock { $0 }
                for _ in 0..<200 {
                    #expect(try await service.client().request("GET", "/health").status == 200)
                }
            }
            // What the kernel keeps, and our own bound.
            #expect(written.withLock { $0 } < 16 << 20)
            client.reset()
            await ended.arrived(1)
        }
    }

    @Test func goesOnWithoutTheClientWhereThereIsRoom() async throws {
        let piece = [UInt8](repeating: 0x78, count: 1 << 20)
        let written = Gate()
        let route = Route.task(.get, "/roomy") { _ in
            // More than the kernel keeps: nobody reads before all of it is written.
            var response = HTTPResponse.stream("text/plain") { stream in
                for _ in 0..<32 { try await stream.write(piece) }
                await written.arrive()
            }
            response.unreadLimit = 64 << 20
            return response
        }
        try await TestService.with([route]) { service in
            let client = try RawClient(port: service.port, receiveBuffer: 4096)
            try await client.send("GET /roomy HTTP/1.1\r\nHost: x\r\n\r\n")
            await written.arrived(1)
            var count = 0
            while let piece = try await client.chunk() { count += piece.utf8.count }
            #expect(count == 32 << 20)
        }
    }

    @Test func cutsAnswersThatFailInTheMiddle() async throws {
        struct Broken: Error {}
        let route = Route.task(.get, "/broken") { _ in
            .stream("text/plain") { stream in
                try await stream.write("half")
                throw Broken()
            }
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            try await client.send("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
            let bytes = await client.untilClosed()
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 200"))
            // No last chunk: the client can tell that something is missing.
            #expect(!text.hasSuffix("\r\n0\r\n\r\n"))
            // Written before the connection was closed.
            let line = try #require(service.log.first { $0["endpoint"] == "/broken" })
            #expect(line["error"] == "Broken()")
        }
    }

    @Test func answersHeadWithoutWriting() async throws {
        let wrote = Guarded(false)
        let route = Route.task(.get, "/stream") { _ in
            .stream("text/plain") { _ in wrote.withLock { $0 = true } }
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            try await client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            let text = String(decoding: await client.untilClosed(), as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 200"))
            #expect(text.contains("Content-Type: text/plain"))
            #expect(text.hasSuffix("\r\n\r\n"))
            #expect(!text.contains("chunked") && !text.hasSuffix("\r\n0\r\n\r\n"))
            #expect(!wrote.withLock { $0 })
        }
    }

    @Test func streamsToOldClients() async throws {
        let route = Route.task(.get, "/stream") { _ in
            .stream("text/plain") { try await $0.write("text") }
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            try await client.send("GET /stream HTTP/1.0\r\nHost: x\r\n\r\n")
            let text = String(decoding: await client.untilClosed(), as: UTF8.self)
            #expect(text.hasSuffix("\r\n\r\ntext"))
            #expect(!text.lowercased().contains("chunked"))
        }
    }

    @Test func refusesToStreamWithoutATask() async throws {
        let route = Route.immediate(.get, "/stream") { _ in
            .stream("text/plain") { try await $0.write("text") }
        }
        try await TestService.with([route]) { service in
            let response = try await service.client().request("GET", "/stream")
            #expect(response.status == 500)
            #expect(service.log.contains { $0.message == "only tasks can stream" })
        }
    }

    @Test func logsWhatAStreamSent() async throws {
        let route = Route.task(.get, "/stream") { _ in
            .stream("text/plain") { stream in
                try await stream.write("12345")
                stream.note("tokens", "5")
            }
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            _ = try await client.request("GET", "/stream")
            // Answered on the same connection, so the stream's line is written.
            _ = try await client.request("GET", "/health")
            let line = try #require(service.log.first { $0["endpoint"] == "/stream" })
            #expect(line["bytes_out"] == "5")
            #expect(line["tokens"] == "5")
        }
    }

    @Test func cutsStreamsAtTheEndOfADrain() async throws {
        let gate = Gate()
        let route = Route.task(.get, "/stream") { _ in
            .stream("text/plain") { stream in
                try await stream.write("half")
                await gate.arrive()
                try await untilCancelled()
            }
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            try await client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            await gate.arrived(1)
            await service.server.drain(deadline: .zero)
            let text = String(decoding: await client.untilClosed(), as: UTF8.self)
            #expect(!text.hasSuffix("\r\n0\r\n\r\n"))
        }
    }
}
