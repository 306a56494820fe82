import JSON
import POSIX
import TestKit
import Testing

extension LiveTests {
    /// A second service beside the first one, which remembers what it has read.
    @Suite struct CacheTests {
        @Test func remembersResultsUntilTheyAreCleared() async throws {
            let baton = try LiveTests.baton
            let port = try Installation.freePort()
            let settings = "server: {port: \(port)}\nprocessing: {enable_caching: true}\n"
            try baton.write("remembering.yaml", settings)
            let service = try await baton.startService(baton.folder.file("config/remembering.yaml"))
            let client = try RawClient(port: port)
            let page = JSONValue.string(try Page().uri)
            func read(_ threshold: JSONValue = 0.5) async throws -> JSONValue {
                let body: JSONValue = ["image": page, "rec_threshold": threshold]
                return try await client.request("POST", "/v1/ocr/extract", body: body.serialized)
                    .json
            }

            let first = try await read()
            #expect(first["cached"] == false)
            let second = try await read()
            #expect(second["cached"] == true)
            #expect(second["text"] == .string(Page.text))
            #expect(second["regions"] == first["regions"])
            // Other options make another question.
            #expect(try await read(0.4)["cached"] == false)

            let statistics = try await client.request("GET", "/cache/stats").json
            #expect(statistics["enabled"] == true)
            #expect(statistics["entries"] == 2)
            #expect(statistics["hits"] == 1)
            #expect(statistics["misses"] == 2)
            let size = try #require(statistics["size_bytes"]?.integerValue)
            #expect(size > 0)

            let cleared = try await client.request("DELETE", "/cache").json
            #expect(cleared == ["success": true, "cleared": 2])
            #expect(try await client.request("GET", "/cache/stats").json["entries"] == 0)
            #expect(try await read()["cached"] == false)
            #expect(await service.end(by: 15) == .exited(0), "\(service.log.text)")
        }
    }
}
