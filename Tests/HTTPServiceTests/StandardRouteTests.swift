import HTTPService
import JSON
import Logging
import POSIX
import TestKit
import Testing

@Suite(.everyKindOfThreads) struct StandardRouteTests {
    @Test func reportsHealth() async throws {
        try await TestService.with { service in
            let response = try await service.client().request("GET", "/health")
            #expect(response.status == 200)
            #expect(response.text == #"{"status":"ok"}"#)
            #expect(response["Content-Type"] == "application/json")
        }
    }

    @Test func reportsReadiness() async throws {
        let reason = ReasonBox()
        try await TestService.with(notReady: { reason.value.withLock { $0 } }) { service in
            let client = try service.client()
            let loading = try await client.request("GET", "/health/ready")
            #expect(loading.status == 503)
            #expect(loading.text == #"{"ready":false,"reason":"model_loading"}"#)
            reason.value.withLock { $0 = nil }
            let ready = try await client.request("GET", "/health/ready")
            #expect(ready.status == 200)
            #expect(ready.text == #"{"ready":true}"#)
        }
    }

    private final class ReasonBox: Sendable {
        let value = Guarded<String?>("model_loading")
    }

    @Test func showsMetrics() async throws {
        let routes: [Route] = [
            .task(.get, "/items/{name}") { _ in .text("x") },
            .task(.get, "/fail") { _ in throw HTTPError(500, code: "x", "y") },
        ]
        try await TestService.with(routes) { service in
            let client = try service.client()
            for path in ["/items/1", "/items/2", "/fail", "/nothing/1", "/nothing/2"] {
                _ = try await client.request("GET", path)
            }
            _ = try await client.request("BREW", "/nothing")
            let response = try await client.request("GET", "/metrics")
            #expect(response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = Set(response.text.split(separator: "\n").map(String.init))
            let total = "baton_http_requests_total"
            for line in [
                "\(total){route=\"/items/{name}\",method=\"GET\",status=\"200\"} 2",
                "\(total){route=\"/fail\",method=\"GET\",status=\"500\"} 1",
                "\(total){route=\"unmatched\",method=\"GET\",status=\"404\"} 2",
                "\(total){route=\"unmatched\",method=\"other\",status=\"404\"} 1",
                "baton_http_request_seconds_count{route=\"/items/{name}\"} 2",
                "baton_http_requests_in_flight 0",
                "# TYPE baton_http_request_seconds histogram",
            ] {
                #expect(lines.contains(line), "\(line)")
            }
        }
    }

    @Test func countsRequestsInFlight() async throws {
        let gate = Gate()
        let route = Route.task(.get, "/wait") { _ in
            await gate.pass()
            return .text("")
        }
        try await TestService.with([route]) { service in
            let waiting = try service.client()
            try await waiting.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            await gate.arrived(1)
            let text = try await service.client().request("GET", "/metrics").text
            #expect(text.contains("\nbaton_http_requests_in_flight 1\n"))
            await gate.open()
            #expect(try await waiting.response().status == 200)
        }
    }

    @Test func describesEveryRoute() async throws {
        let description = Route.Description(
            "Shows a thing.",
            request: ["type": "object"],
            response: ["type": "string"],
            streamType: "text/event-stream"
        )
        let route = Route(
            .post,
            "/things/{name}",
            description,
            body: .bytesOrMultipart,
            errors: .success,
            handler: .immediate { _ in .text("") }
        )
        try await TestService.with([route]) { service in
            let response = try await service.client().request("GET", "/openapi.json")
            let document = try #require(response.json)
            #expect(document["openapi"] == "3.1.0")
            #expect(document["info"]?["version"] == "1.2.3")
            let paths = try #require(document["paths"]?.objectValue).members.map(\.name)
            #expect(
                paths == [
                    "/things/{name}", "/health", "/health/ready", "/metrics", "/openapi.json",
                ]
            )
            let post = try #require(document["paths"]?["/things/{name}"]?["post"])
            #expect(post["summary"] == "Shows a thing.")
            #expect(post["parameters"]?.arrayValue?.first?["name"] == "name")
            let content = post["requestBody"]?["content"]
            #expect(content?["application/json"]?["schema"]?["type"] == "object")
            #expect(content?["multipart/form-data"]?["schema"]?["type"] == "object")
            let answers = post["responses"]
            let success = answers?["200"]?["content"]?["application/json"]?["schema"]
            #expect(success?["type"] == "string")
            #expect(answers?["200"]?["content"]?["text/event-stream"] != nil)
            let error = answers?["default"]?["content"]?["application/json"]?["schema"]
            #expect(error?["required"]?.arrayValue?.contains("success") == true)
        }
    }

    @Test func logsOneLineForEachRequest() async throws {
        let routes: [Route] = [
            .task(.get, "/items/{name}") { _ in .text("four") },
            .task(.get, "/busy") { _ in throw HTTPError(503, code: "x", "y") },
            .task(.get, "/fail") { _ in throw HTTPError(500, code: "x", "y") },
        ]
        try await TestService.with(routes) { service in
            let client = try service.client()
            for path in ["/items/1", "/busy", "/fail", "/nothing", "/health"] {
                _ = try await client.request("GET", path, ["X-Request-Id: id\(path)"])
            }
            let lines = service.log.filter { $0.message == "request" }
            #expect(
                lines.map { $0["endpoint"] }
                    == ["/items/{name}", "/busy", "/fail", "unmatched", "/health"]
            )
            #expect(lines.map { $0["status"] } == ["200", "503", "500", "404", "200"])
            #expect(lines.map(\.level) == [.info, .warning, .error, .info, .debug])
            #expect(lines.first?["request_id"] == "id/items/1")
            #expect(lines.first?["method"] == "GET")
            #expect(lines.first?["bytes_out"] == "4")
            let duration = try #require(lines.first?["total_ms"])
            #expect((Double(duration) ?? -1) >= 0)
        }
    }

    @Test func sendsServerTiming() async throws {
        let route = Route.task(.get, "/timed") { _ in
            var response = HTTPResponse.text("")
            response.timings = [
                ("queue", .microseconds(1500)), ("device", .seconds(2)), ("post", .nanoseconds(-5)),
            ]
            return response
        }
        try await TestService.with([route]) { service in
            let client = try service.client()
            let response = try await client.request("GET", "/timed")
            #expect(
                response["Server-Timing"] == "queue;dur=1.500, device;dur=2000.000, post;dur=0.000"
            )
            #expect(try await client.request("GET", "/health")["Server-Timing"] == nil)
        }
    }
}
