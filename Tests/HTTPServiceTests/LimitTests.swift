import HTTPService
import JSON
import TestKit
import Testing

@Suite(.everyKindOfThreads) struct LimitTests {
    private static let chunked = "Transfer-Encoding: chunked"

    @Test func refusesLargeBodiesAfterReadingThem() async throws {
        try await TestService.with([.echo("/small", limit: 1000)]) { service in
            let client = try service.client()
            let fits = try await client.request(
                "POST",
                "/small",
                body: .init(repeating: 1, count: 1000)
            )
            #expect(fits.body.count == 1000)
            for count in [1001, 1 << 20] {
                let body = [UInt8](repeating: 1, count: count)
                let response = try await client.request("POST", "/small", body: body)
                #expect(response.status == 413)
                #expect(response.json?["error"]?["code"] == "body_too_large")
            }
            // The connection survived, since the bodies were read.
            #expect(try await client.request("GET", "/health").status == 200)
        }
    }

    @Test func refusesHugeAnnouncementsAtOnce() async throws {
        try await TestService.with([.echo("/small", limit: 1000)]) { service in
            for length in ["1048577", "99999999999999"] {
                let client = try service.client()
                try await client.send(
                    "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n"
                )
                // Answered although no byte of the body was sent.
                #expect(try await client.response().status == 413)
                #expect(await client.untilClosed() == [])
            }
        }
    }

    @Test func refusesBeforeTheClientMaySend() async throws {
        let missing = "/missing"
        try await TestService.with([.echo("/small", limit: 10)]) { service in
            for (path, status) in [("/small", 413), (missing, 404)] {
                let client = try service.client()
                try await client.send(
                    "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n"
                        + "Expect: 100-continue\r\n\r\n"
                )
                #expect(try await client.response().status == status)
            }
        }
    }

    @Test func letsTheClientSendWhatFits() async throws {
        try await TestService.with([.echo("/small", limit: 10)]) { service in
            let client = try service.client()
            try await client.send(
                "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                    + "Expect: 100-continue\r\n\r\n"
            )
            #expect(try await client.response().status == 100)
            try await client.send("abc")
            #expect(try await client.response().text == "abc")
        }
    }

    @Test func boundsChunkedBodies() async throws {
        try await TestService.with([.echo("/small", limit: 1000)]) { service in
            let head = "POST /small HTTP/1.1\r\nHost: x\r\n\(Self.chunked)\r\n\r\n"
            let chunk = "1000\r\n" + String(repeating: "x", count: 4096) + "\r\n"
            let client = try service.client()
            try await client.send(head + chunk + chunk + "0\r\n\r\n")
            #expect(try await client.response().status == 413)
            // One without end loses its connection, instead of being read for ever.
            try await client.send(head)
            await #expect(throws: (any Error).self) {
                while true { try await client.send(chunk) }
            }
            #expect(try await service.client().request("GET", "/health").status == 200)
        }
    }

    @Test func boundsMultipartBodies() async throws {
        let route = Route.task(.post, "/parts", body: .multipart, limit: 1000) { _ in .text("") }
        try await TestService.with([route]) { service in
            let type = "Content-Type: multipart/form-data; boundary=BB"
            let start = "--BB\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
            let client = try service.client()
            let body = Array((start + String(repeating: "x", count: 5000)).utf8)
            let response = try await client.request("POST", "/parts", [type], body: body)
            #expect(response.status == 413)
        }
    }

    @Test func boundsBodiesOfUnknownPaths() async throws {
        try await TestService.with { service in
            let client = try service.client()
            let body = [UInt8](repeating: 1, count: 100_000)
            #expect(try await client.request("POST", "/missing", body: body).status == 404)
            #expect(try await client.request("GET", "/health", body: body).status == 200)
        }
    }

    @Test func refusesRequestsBeyondTheLimit() async throws {
        let gate = Gate()
        let route = Route.task(.get, "/wait") { _ in
            await gate.pass()
            return .text("done")
        }
        let routes = [route, .echo("/echo")]
        try await TestService.with(routes, configure: { $0.requestLimit = 2 }) { service in
            let waiting = [try service.client(), try service.client()]
            for client in waiting {
                try await client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            }
            await gate.arrived(2)
            let client = try service.client()
            let refused = try await client.request("GET", "/wait")
            #expect(refused.status == 503)
            #expect(refused["Retry-After"] == "1")
            #expect(refused.json?["error"]?["code"] == "too_many_requests")
            #expect(try await client.request("POST", "/echo", body: [1, 2]).status == 503)
            // Immediate routes need no slot.
            #expect(try await client.request("GET", "/health").status == 200)
            await gate.open()
            for client in waiting { #expect(try await client.response().text == "done") }
            #expect(try await client.request("GET", "/wait").status == 200)
        }
    }

    @Test func givesSlotsBackHoweverRequestsEnd() async throws {
        let routes: [Route] = [
            .echo("/echo", limit: 10),
            .task(.post, "/parts", body: .multipart) { _ in .text("") },
            .task(.get, "/fail") { _ in throw HTTPError.invalidRequest("no") },
            .task(.get, "/query") { _ in .text("") },
        ]
        try await TestService.with(routes, configure: { $0.requestLimit = 1 }) { service in
            let client = try service.client()
            for _ in 0..<3 {
                #expect(try await client.request("POST", "/echo", body: [1]).status == 200)
                let large = [UInt8](repeating: 1, count: 50)
                #expect(try await client.request("POST", "/echo", body: large).status == 413)
                #expect(try await client.request("GET", "/query?%00").status == 400)
                #expect(try await client.request("POST", "/parts", body: [1]).status == 415)
                #expect(try await client.request("GET", "/fail").status == 400)
            }
        }
    }

    @Test func tellsConnectionsBeyondTheLimit() async throws {
        try await TestService.with(configure: { $0.connectionLimit = 1 }) { service in
            let first = try service.client()
            #expect(try await first.request("GET", "/health").status == 200)
            let second = try service.client()
            let refused = try await second.request("GET", "/health")
            #expect(refused.status == 503)
            #expect(refused["Retry-After"] == "1")
            #expect(refused.json?["error"]?["code"] == "too_many_connections")
            #expect(await second.untilClosed() == [])
            #expect(try await first.request("GET", "/health").status == 200)
            first.reset()
            while try await service.client().request("GET", "/health").status == 503 {}
        }
    }

    @Test(arguments: [1, 17])
    func servesWhatWaitsInTheKernelWhenOthersClose(_ closing: Int) async throws {
        try await TestService.with(configure: { $0.connectionLimit = 1 }) { service in
            // As many as the library takes: those beyond our limit are kept only to be told.
            let taken = try (0..<17).map { _ in try service.client() }
            #expect(try await taken[0].request("GET", "/health").status == 200)
            let waiting = try service.client()
            try await waiting.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            for client in taken.prefix(closing) { client.reset() }
            #expect([200, 503].contains(try await waiting.response().status))
        }
    }

    @Test func closesSilentConnections() async throws {
        try await TestService.with(configure: Self.impatient) { service in
            let silent = try service.client()
            #expect(await silent.untilClosed() == [])
            let kept = try service.client()
            #expect(try await kept.request("GET", "/health").status == 200)
            #expect(await kept.untilClosed() == [])
            #expect(try await service.client().request("GET", "/health").status == 200)
        }
    }

    private static func impatient(_ configuration: inout HTTPServer.Configuration) {
        configuration.idleTimeout = .milliseconds(300)
        configuration.headTimeout = .milliseconds(300)
        configuration.bodyTimeout = .milliseconds(600)
    }

    @Test(arguments: [
        "GET /health HTTP/1.1\r\nHost", "GET", "POST /echo HTTP/1.1\r\nHost: x\r\nX-",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ])
    func tellsClientsThatStop(_ start: String) async throws {
        try await TestService.with([.echo("/echo")], configure: Self.impatient) { service in
            let client = try service.client()
            try await client.send(start)
            let response = try await client.response()
            #expect(response.status == 408)
            #expect(response.json?["error"]?["code"] == "request_timeout")
            #expect(await client.untilClosed() == [])
        }
    }

    @Test(arguments: [
        "GET /health HTTP/1.1\r\nX-Long: ",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    ])
    func endsClientsThatTrickle(_ start: String) async throws {
        try await TestService.with([.echo("/echo")], configure: Self.impatient) { service in
            let client = try service.client()
            try await client.send(start)
            // Each byte comes well within the idle time; all of them together never end.
            let trickle = Task {
                let other = try service.client()
                while !Task.isCancelled {
                    try await client.send("x")
                    // Paced by other requests instead of by a clock.
                    for _ in 0..<20 { _ = try await other.request("GET", "/health") }
                }
            }
            #expect(try await client.response().status == 408)
            trickle.cancel()
            _ = try? await trickle.value
        }
    }
}
