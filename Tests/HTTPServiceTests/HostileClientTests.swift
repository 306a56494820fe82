import HTTPService
import TestKit
import Testing

@Suite(.everyKindOfThreads) struct HostileClientTests {
    private static let routes: [Route] = [
        .echo("/echo"),
        .immediate(.get, "/now") { .text("\($0.headers.fields.count)") },
        .task(.post, "/parts", body: .multipart) { _ in .text("") },
    ]

    /// The library overlooks an end of stream that came together with the last bytes; such a
    /// connection, and what it holds, lives until it has been silent for this long.
    private static func hasty(_ configuration: inout HTTPServer.Configuration) {
        configuration.idleTimeout = .seconds(1)
        configuration.requestLimit = 1
    }

    /// Sends bytes that nobody should, then expects the service to be well.
    private static func survives(_ bytes: [UInt8]) async throws {
        try await TestService.with(routes, configure: hasty) { service in
            let client = try service.client()
            // The server may close in the middle.
            try? await client.send(bytes)
            client.finishSending()
            _ = await client.untilClosed()
            let after = try service.client()
            #expect(try await after.request("GET", "/now").status == 200)
        }
    }

    @Test(arguments: [1, 100, 5000, 100_000])
    func survivesHeaderFloods(_ count: Int) async throws {
        let fields = (0..<count).map { "X-\($0): \($0)\r\n" }.joined()
        for path in ["/now", "/echo", "/nothing"] {
            try await Self.survives(
                Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n".utf8)
            )
        }
    }

    @Test(arguments: [100, 10_000, 40_000, 1_000_000])
    func survivesLongTexts(_ length: Int) async throws {
        let long = String(repeating: "a", count: length)
        for head in [
            "GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /now?\(long)=\(long) HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /\(String(repeating: "/", count: length)) HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /\(String(repeating: "%41", count: length)) HTTP/1.1\r\nHost: x\r\n\r\n",
            "\(long) / HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /now HTTP/1.1\r\nHost: x\r\nX-Request-Id: \(long)\r\n\r\n",
            "GET /now HTTP/1.1\r\n\(long): \(long)\r\n\r\n",
            long,
        ] {
            try await Self.survives(Array(head.utf8))
        }
    }

    @Test(arguments: [
        "GET /n\0ow HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /now HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n",
        "GET /now HTTP/1.1\r\nHost: x\r\nX-\0A: b\r\n\r\n",
        "\0\0\0\0\r\n\r\n\r\n",
        "GET\r\n\r\n", "\r\n\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "G E T / / HTTP/1.1\r\n\r\n",
        "GET /now HTTP/1.1\r\n\r\n", "GET /now HTTP/1.0\r\n\r\n", "GET /now\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 00\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "POST /parts HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=\"\r\nContent-Length: 3\r\n\r\nabc",
        "CONNECT example.org:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://example.org/now HTTP/1.1\r\nHost: x\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\u{3}\u{3}",
    ])
    func survivesNonsense(_ text: String) async throws {
        try await Self.survives(Array(text.utf8))
    }

    @Test func survivesBytesThatAreNoText() async throws {
        let noise = (UInt8.min...UInt8.max).map { $0 }
        let head =
            Array("GET /".utf8) + [0xFF, 0xC3, 0x28] + Array(" HTTP/1.1\r\nHost: x\r\n".utf8)
        try await Self.survives(noise + noise)
        try await Self.survives(head + Array("\r\n".utf8))
        try await Self.survives(head + Array("X-A: ".utf8) + [0xFF, 0xFE] + Array("\r\n\r\n".utf8))
    }

    @Test func refusesPathsThatAreNotUTF8() async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            try await client.send(
                Array("GET /".utf8) + [0xFF] + Array(" HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            )
            #expect(try await client.response().status == 400)
        }
    }

    @Test(arguments: [false, true])
    func noticesClientsThatVanishInTheBody(_ byReset: Bool) async throws {
        try await TestService.with(Self.routes, configure: Self.hasty) { service in
            for _ in 0..<5 {
                let client = try service.client()
                try await client.send(
                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"
                )
                if byReset { client.reset() } else { client.finishSending() }
                _ = await client.untilClosed()
            }
            // The slots come back as the server notices; it has only one.
            // A refusal may close the connection, so each attempt has its own.
            while try await service.client().request("POST", "/echo", body: [1]).status == 503 {}
            let client = try service.client()
            #expect(try await client.request("POST", "/echo", body: [1]).status == 200)
        }
    }

    @Test(arguments: [false, true])
    func survivesClientsThatVanishWhileTheirHandlerRuns(_ byReset: Bool) async throws {
        let gate = Gate()
        let route = Route.task(.get, "/wait") { _ in
            await gate.pass()
            return HTTPResponse(contentType: nil, body: .init(repeating: 0, count: 1 << 20))
        }
        try await TestService.with([route]) { service in
            for _ in 0..<20 {
                let client = try service.client()
                try await client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
                if byReset {
                    // Not before its request was read, or the kernel would throw that away.
                    await gate.arrived(1)
                    client.reset()
                } else {
                    client.finishSending()
                }
            }
            await gate.open()
            #expect(try await service.client().request("GET", "/wait").body.count == 1 << 20)
        }
    }

    @Test func outlivesClientsThatDoNotRead() async throws {
        let route = Route.task(.get, "/big") { _ in
            HTTPResponse(contentType: nil, body: .init(repeating: 0, count: 20 << 20))
        }
        try await TestService.with([route]) { service in
            let deaf = try RawClient(port: service.port, receiveBuffer: 4096)
            try await deaf.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await service.client().request("GET", "/health").status == 200)
            // Draining does not wait for it for ever either.
            await service.server.drain(deadline: .zero)
        }
    }
}
