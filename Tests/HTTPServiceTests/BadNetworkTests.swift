import FaultProxy
import HTTPService
import POSIX
import TestKit
import Testing

/// A real server behind a network that misbehaves in named ways.
@Suite(.everyKindOfThreads, .timeLimit(.minutes(1))) struct BadNetworkTests {
    private static let body = [UInt8](repeating: UInt8(ascii: "b"), count: 1000)
    private static let big = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)

    private static let routes: [Route] = [
        .echo("/echo"),
        .task(.get, "/big") { _ in HTTPResponse(contentType: nil, body: big) },
    ]

    /// One slot, so that a request that holds it for ever shows; and the library overlooks an end of
    /// stream that comes together with the last bytes until the connection was silent for so long.
    private static func strict(_ configuration: inout HTTPServer.Configuration) {
        configuration.requestLimit = 1
        configuration.idleTimeout = .seconds(1)
    }

    /// Gives a client behind a faulty network; expects the server to be well afterwards.
    private static func with(
        _ plan: FaultPlan,
        _ body: (RawClient) async throws -> Void
    ) async throws {
        try await TestService.with(routes, configure: strict) { service in
            let proxy = try FaultProxy(to: .tcp(service.port), plan)
            try await body(try RawClient(port: proxy.port))
            proxy.end()
            #expect(try await service.client().request("GET", "/health").status == 200)
            // The only slot comes back; a refusal may close the connection.
            while try await service.client().request("POST", "/echo", body: [1]).status == 503 {}
        }
    }

    @Test func takesABodyThatTrickles() async throws {
        let plan = FaultPlan(upload: .trickling(50, every: .milliseconds(1)))
        try await Self.with(plan) { client in
            let response = try await client.request("POST", "/echo", body: Self.body)
            #expect(response.status == 200)
            #expect(response.body == Self.body)
        }
    }

    @Test func answersAClientThatReadsSlowly() async throws {
        let plan = FaultPlan(download: .trickling(64 << 10, every: .milliseconds(1)))
        try await Self.with(plan) { client in
            let response = try await client.request("GET", "/big")
            #expect(response.body == Self.big)
        }
    }

    @Test(arguments: [StreamFaults.Way.cut, .reset])
    func answersNothingToABodyThatIsCut(_ way: StreamFaults.Way) async throws {
        try await Self.with(FaultPlan(upload: .ending(after: 500, by: way))) { client in
            await #expect(throws: (any Error).self) {
                try await client.request("POST", "/echo", body: Self.body)
            }
        }
    }

    @Test func answersNothingToAHeadThatIsCut() async throws {
        try await Self.with(FaultPlan(upload: .ending(after: 10, by: .cut))) { client in
            await #expect(throws: (any Error).self) {
                try await client.request("POST", "/echo", body: Self.body)
            }
        }
    }

    @Test func goesOnAfterAResetInTheAnswer() async throws {
        try await Self.with(FaultPlan(download: .ending(after: 1000, by: .reset))) { client in
            await #expect(throws: (any Error).self) { try await client.request("GET", "/big") }
            #expect(client.wasReset)
        }
    }

    @Test func goesOnAfterAnAnswerThatNobodyTakes() async throws {
        try await Self.with(FaultPlan(download: .ending(after: 0, by: .stall))) { client in
            try await client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        }
    }

    @Test(arguments: [
        // "GET" with another first letter is a method that nobody knows.
        (0, UInt8(0x01), 405),
        // "/big" becomes "/jig".
        (5, 0x08, 404),
        // The slash becomes a control character.
        (4, 0x20, 404),
    ])
    func refusesAHeadThatWasChangedOnItsWay(
        _ offset: Int,
        _ mask: UInt8,
        _ status: Int
    ) async throws {
        try await Self.with(FaultPlan(upload: .flipping(mask, at: offset))) { client in
            let response = try await client.request("GET", "/big")
            #expect(response.status == status)
        }
    }

    /// Every answer is right or refuses, wherever the head was changed, or there is none.
    @Test(arguments: 0..<40)
    func neverAnswersWrongly(_ offset: Int) async throws {
        let plan = FaultPlan(upload: .flipping(0x10, at: offset))
        try await Self.with(plan) { client in
            try await client.send("GET /big HTTP/1.1\r\nHost: test\r\nX-A: 1\r\n\r\n")
            // A changed end of line lets the server wait for more.
            client.finishSending()
            guard let response = try? await client.response() else { return }
            #expect(response.status == 200 && response.body == Self.big || response.status >= 400)
        }
    }
}
