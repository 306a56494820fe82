import HTTPService
import JSON
import TestKit
import Testing

/// What the library refuses by itself carries our envelope, and costs nobody but its client.
@Suite(.everyKindOfThreads) struct MalformedRequestTests {
    private static let long = String(repeating: "a", count: 40_000)
    private static let post = "POST /echo HTTP/1.1\r\nHost: x\r\n"

    @Test(arguments: [
        ("GET /health\r\n\r\n", [400, 505]),
        ("GET /health HTTP/3.0\r\nHost: x\r\n\r\n", [505]),
        ("GET /health HTTP/1.1\r\n\r\n", [400]),
        ("GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", [400]),
        ("GET /health HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", [400]),
        ("GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n", [414]),
        ("GET /health HTTP/1.1\r\nHost: x\r\nX-Long: \(long)\r\n\r\n", [431]),
        ("GET /health HTTP/1.1\r\n\(String(repeating: "X-A: b\r\n", count: 10_000))\r\n", [431]),
        (post + "Content-Length: -1\r\n\r\n", [400]),
        (post + "Content-Length: 1x\r\n\r\n", [400]),
        (post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", [400]),
        (post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", [400]),
        (post + "Content-Length: 0\r\nContent-Length: 6\r\n\r\nabcdef", [400]),
        (post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]),
        (post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", [400]),
        (post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n", [400]),
        (post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", [400, 413]),
    ])
    func refusesWithTheEnvelope(_ bytes: String, _ statuses: [Int]) async throws {
        try await TestService.with([.echo("/echo")], configure: { $0.errors = .coded }) { service in
            let client = try service.client()
            // The server may answer and close before all of it is sent.
            try? await client.send(bytes)
            let response = try await client.response()
            #expect(statuses.contains(response.status), "\(response.status)")
            #expect(response["Content-Type"] == "application/json")
            #expect(response.json?["status"]?.integerValue == response.status)
            #expect(response.json?["code"]?.stringValue?.isEmpty == false)
            #expect(response.json?["request_id"]?.stringValue == response["X-Request-Id"])
            _ = await client.untilClosed()
            #expect(try await service.client().request("GET", "/health").status == 200)
            let line = service.log.first { $0["status"] == "\(response.status)" }
            #expect(line != nil, "logged as well")
        }
    }

    @Test(arguments: [
        "GET ftp://localhost/health HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /he\u{00E4}lth HTTP/1.1\r\nHost: x\r\n\r\n",
    ])
    func refusesOtherTargets(_ bytes: String) async throws {
        try await TestService.with { service in
            let client = try service.client()
            try await client.send(bytes)
            let response = try await client.response()
            #expect((400...499).contains(response.status))
            #expect(response.json?["error"]?["code"]?.stringValue?.isEmpty == false)
        }
    }

    @Test func understandsTargetsOfOtherForms() async throws {
        try await TestService.with { service in
            let client = try service.client()
            let absolute = try await client.request("GET", "http://localhost:1/health")
            #expect(absolute.status == 200)
            let server = try await client.request("OPTIONS", "*")
            #expect(server.status == 204)
        }
    }
}
