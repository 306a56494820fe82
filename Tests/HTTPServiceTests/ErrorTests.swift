import HTTPService
import JSON
import Logging
import TestKit
import Testing

@Suite struct ErrorTests {
    struct Secret: Error, CustomStringConvertible {
        var description: String { "cannot open '/etc/secret'" }
    }

    private static let error: HTTPError = {
        var error = HTTPError(429, code: "slow_down", "too fast", retryAfter: 7)
        error.field = "pace"
        return error
    }()

    private static let routes: [Route] = [
        .task(.get, "/task") { _ in throw error },
        .immediate(.get, "/immediate") { _ in throw error },
        .task(.get, "/own", errors: .coded) { _ in throw error },
        .task(.get, "/secret") { _ in throw Secret() },
        .immediate(.get, "/secret-now") { _ in throw Secret() },
    ]

    struct Case: Sendable {
        let envelope: ErrorEnvelope
        let expected: String
        let unexpected: String
    }

    @Test(arguments: [
        Case(
            envelope: .openAI(),
            expected: """
                {"error":{"message":"too fast","type":"invalid_request_error","code":"slow_down",\
                "request_id":"id"}}
                """,
            unexpected: """
                {"error":{"message":"the service failed to answer the request",\
                "type":"internal_error","code":"internal_error","request_id":"id"}}
                """
        ),
        Case(
            envelope: .openAI(invalidType: "invalid_request"),
            expected: """
                {"error":{"message":"too fast","type":"invalid_request","code":"slow_down",\
                "request_id":"id"}}
                """,
            unexpected: """
                {"error":{"message":"the service failed to answer the request",\
                "type":"internal_error","code":"internal_error","request_id":"id"}}
                """
        ),
        Case(
            envelope: .text,
            expected: #"{"error":"too fast","code":"slow_down","request_id":"id"}"#,
            unexpected: """
                {"error":"the service failed to answer the request","code":"internal_error",\
                "request_id":"id"}
                """
        ),
        Case(
            envelope: .success,
            expected: """
                {"success":false,"error":"too fast","code":"slow_down","request_id":"id"}
                """,
            unexpected: """
                {"success":false,"error":"the service failed to answer the request",\
                "code":"internal_error","request_id":"id"}
                """
        ),
        Case(
            envelope: .coded,
            expected: """
                {"error":"slow_down","message":"too fast","status":429,"code":"slow_down",\
                "request_id":"id"}
                """,
            unexpected: """
                {"error":"internal_error","message":"the service failed to answer the request",\
                "status":500,"code":"internal_error","request_id":"id"}
                """
        ),
        Case(
            envelope: .openAIDoor,
            expected: """
                {"error":{"message":"too fast","type":"rate_limit_error","param":"pace",\
                "code":"slow_down","request_id":"id"}}
                """,
            unexpected: """
                {"error":{"message":"the service failed to answer the request",\
                "type":"server_error","param":null,"code":"internal_error","request_id":"id"}}
                """
        ),
        Case(
            envelope: .anthropicDoor,
            expected: """
                {"type":"error","error":{"type":"rate_limit_error","message":"too fast",\
                "code":"slow_down"},"request_id":"id"}
                """,
            unexpected: """
                {"type":"error","error":{"type":"api_error",\
                "message":"the service failed to answer the request","code":"internal_error"},\
                "request_id":"id"}
                """
        ),
    ])
    func hasTheServicesShape(_ test: Case) async throws {
        try await TestService.with(Self.routes, configure: { $0.errors = test.envelope }) {
            service in
            let client = try service.client()
            for path in ["/task", "/immediate"] {
                let response = try await client.request("GET", path, ["X-Request-Id: id"])
                #expect(response.status == 429)
                #expect(response.text == test.expected)
                #expect(response["Retry-After"] == "7")
                #expect(response["Content-Type"] == "application/json")
                #expect(response["X-Request-Id"] == "id")
            }
            for path in ["/secret", "/secret-now"] {
                let response = try await client.request("GET", path, ["X-Request-Id: id"])
                #expect(response.status == 500)
                #expect(response.text == test.unexpected)
            }
        }
    }

    @Test func letsRoutesHaveTheirOwnShape() async throws {
        try await TestService.with(Self.routes, configure: { $0.errors = .text }) { service in
            let client = try service.client()
            let own = try await client.request("GET", "/own")
            #expect(own.json?["error"] == "slow_down")
            #expect(own.json?["status"] == 429)
            #expect(try await client.request("GET", "/task").json?["error"] == "too fast")
        }
    }

    @Test func pathsThatDoNotExistHaveTheShapeOfTheirDoor() async throws {
        let shapes: [String: ErrorEnvelope] = ["/v1/": .openAIDoor, "/v1/own": .anthropicDoor]
        let routes = [Route.task(.post, "/v1/coded", errors: .coded) { _ in .text("") }]
        try await TestService.with(routes, shapes: shapes, configure: { $0.errors = .text }) {
            service in
            let client = try service.client()
            func error(_ path: String) async throws -> JSONValue? {
                try await client.request("GET", path).json?["error"]
            }
            #expect(try await error("/v1/nothing")?["code"] == "not_found")
            #expect(try await error("/v1/%GG")?["code"] == "invalid_path")
            #expect(try await error("/v1/own/x")?["type"] == "not_found_error")
            #expect(try await error("/v1/coded") == "method_not_allowed")
            #expect(try await error("/v2") == "there is nothing at this path")
        }
    }

    @Test func logsWhatItHides() async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            _ = try await client.request("GET", "/secret", ["X-Request-Id: find-me"])
            let entry = try #require(service.log.first { $0.message.contains("unexpectedly") })
            #expect(entry.level == .error)
            #expect(entry["request_id"] == "find-me")
            #expect(entry["error"] == "cannot open '/etc/secret'")
        }
    }

    @Test func refusesHeadersThatWouldSplitTheResponse() async throws {
        let route = Route.task(.get, "/split") { _ in
            HTTPResponse(contentType: nil, headers: ["X-Bad": "a\r\nX-Evil: 1", "X-Good": "b"])
        }
        try await TestService.with([route]) { service in
            let response = try await service.client().request("GET", "/split")
            #expect(response["X-Evil"] == nil)
            #expect(response["X-Bad"] == nil)
            #expect(response["X-Good"] == "b")
            let entry = service.log.first { $0.message == "response header refused" }
            #expect(entry?["header"] == "X-Bad")
        }
    }
}
