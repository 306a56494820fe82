import DeviceClient
import DeviceProtocol
import JSON
import TestKit
import Testing

extension LiveTests {
    /// What the service and the device manager tell of themselves.
    @Suite struct PageTests {
        @Test func listsItsModels() async throws {
            let json = try await LiveTests.baton.request("GET", "/models").json
            #expect(json["object"] == "list")
            let models = try #require(json["data"]?.arrayValue)
            #expect(
                models.map { $0["id"] } == ["detection", "recognition_en", "recognition_zh"]
            )
            #expect(models.allSatisfy { ["loaded", "pending"].contains($0["status"]) })
        }

        @Test func saysHowItIs() async throws {
            let json = try await LiveTests.baton.request("GET", "/health").json
            #expect(json["status"] == "ok")
            #expect(json["models_loaded"]?.boolValue != nil)
            #expect(json["languages_supported"] == ["en", "zh"])
            #expect(json["hailo_device"] == "cpu")
            let memory = try #require(json["memory_usage_mb"]?.integerValue)
            #expect(memory > 0)
            let uptime = try #require(json["uptime_seconds"]?.integerValue)
            #expect(uptime >= 0)
        }

        @Test func isReady() async throws {
            let response = try await LiveTests.baton.request("GET", "/health/ready")
            #expect(response.status == 200)
            #expect(response.json == ["ready": true])
        }

        @Test func countsItsRequests() async throws {
            let baton = try LiveTests.baton
            _ = try await baton.request("GET", "/models")
            let text = try await baton.request("GET", "/metrics").text
            let counter = "baton_http_requests_total{"
            let line = text.split(separator: "\n").first {
                $0.hasPrefix(counter) && $0.contains("route=\"/models\"")
            }
            let count = try #require(line?.split(separator: " ").last.flatMap { Double($0) })
            #expect(count >= 1)
        }

        @Test func describesEveryRoute() async throws {
            let json = try await LiveTests.baton.request("GET", "/openapi.json").json
            let paths = try #require(json["paths"]?.objectValue)
            let operations = paths.members.flatMap { path, methods in
                (methods.objectValue?.members ?? []).map { "\($0.0) \(path)" }
            }
            #expect(
                Set(operations) == [
                    "post /v1/ocr/extract", "post /v1/ocr/batch", "get /models",
                    "get /cache/stats", "delete /cache", "get /health", "get /health/ready",
                    "get /metrics", "get /openapi.json",
                ]
            )
        }

        @Test func showsTheDeviceOnItsStatusPage() async throws {
            let baton = try LiveTests.baton
            let page = try await RawClient(port: baton.statusPort)
                .request("GET", "/v1/device/status").json
            #expect(page["devices"]?.arrayValue?.first?["name"] == "cpu")
            let report = try await baton.report()
            #expect(report["pid"]?.integerValue == page["pid"]?.integerValue)
        }

        @Test func tellsOfChangesAsServerSentEvents() async throws {
            let baton = try LiveTests.baton
            let page = try RawClient(port: baton.statusPort)
            try await page.send("GET /v1/device/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let first = try #require(await page.chunk())
            #expect(first.hasPrefix("event: status\ndata: {"))
            #expect(first.contains("\"devices\""))
            // Refused at once, so that nobody else is disturbed.
            let client = baton.client()
            defer { client.close() }
            _ = try? await client.load("no such model", ticketClass: .background)
            // Other tests' tickets are told of as well, several in a chunk perhaps.
            var text = first
            while let chunk = try await page.chunk() {
                text += chunk
                let ended = text.split(separator: "\n\n").first {
                    $0.contains("no such model") && $0.contains("\"ended\"")
                }
                guard let ended else { continue }
                #expect(ended.hasPrefix("event: ticket\ndata: {"))
                return
            }
            Issue.record("the stream ended")
        }

        @Test func countsWhatItRemembersAsNothingWhenItMayNot() async throws {
            let json = try await LiveTests.baton.request("GET", "/cache/stats").json
            #expect(json["enabled"] == false)
            #expect(json["entries"] == 0)
        }
    }
}
