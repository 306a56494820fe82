import HTTPService
import JSON
import POSIX
import TestKit
import Testing

@Suite(.everyKindOfThreads) struct FileTests {
    private static let content = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) })

    private static func withFile(_ body: (RawClient, String) async throws -> Void) async throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/file"
        try Files.replace(path, with: content)
        let routes: [Route] = [
            .task(.get, "/file") {
                try .file(path, contentType: "application/octet-stream", for: $0)
            },
            .task(.get, "/folder") { try .file(folder.path, contentType: "text/plain", for: $0) },
        ]
        try await TestService.with(routes) { service in try await body(service.client(), path) }
    }

    @Test func sendsWholeFiles() async throws {
        try await Self.withFile { client, _ in
            for _ in 0..<2 {
                let response = try await client.request("GET", "/file")
                #expect(response.status == 200)
                #expect(response["Accept-Ranges"] == "bytes")
                #expect(response.body == Self.content)
            }
            let head = try await client.request("HEAD", "/file")
            #expect(head["Content-Length"] == "100000")
        }
    }

    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=10-19", 10..<20), ("bytes=99990-", 99_990..<100_000),
        ("bytes=-5", 99_995..<100_000), ("bytes=99999-200000", 99_999..<100_000),
        ("bytes=-200000", 0..<100_000), ("bytes=5-99999999999999999999", 5..<100_000),
    ])
    func sendsParts(_ field: String, _ range: Range<Int>) async throws {
        try await Self.withFile { client, _ in
            let response = try await client.request("GET", "/file", ["Range: \(field)"])
            #expect(response.status == 206)
            #expect(response.body == Array(Self.content[range]))
            let bounds = "\(range.lowerBound)-\(range.upperBound - 1)"
            #expect(response["Content-Range"] == "bytes \(bounds)/100000")
        }
    }

    @Test(arguments: [
        "bytes=a-b", "bytes=5-1", "lines=1-2", "bytes=", "bytes=-", "bytes=0-1,5-6", "bytes=+1-2",
    ])
    func sendsTheWholeForRangesThatItDoesNotRead(_ field: String) async throws {
        try await Self.withFile { client, _ in
            let response = try await client.request("GET", "/file", ["Range: \(field)"])
            #expect(response.status == 200)
            #expect(response.body.count == Self.content.count)
        }
    }

    @Test(arguments: ["bytes=100000-", "bytes=99999999999999999999-", "bytes=-0"])
    func refusesRangesBeyondTheEnd(_ field: String) async throws {
        try await Self.withFile { client, _ in
            let response = try await client.request("GET", "/file", ["Range: \(field)"])
            #expect(response.status == 416)
            #expect(response["Content-Range"] == "bytes */100000")
            #expect(response.json?["error"]?["code"] == "bad_range")
        }
    }

    @Test func knowsWhatTheClientHas() async throws {
        try await Self.withFile { client, path in
            let tag = try #require(try await client.request("GET", "/file")["ETag"])
            for field in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let known = try await client.request("GET", "/file", ["If-None-Match: \(field)"])
                #expect(known.status == 304, "\(field)")
                #expect(known.body.isEmpty)
            }
            let other = try await client.request("GET", "/file", ["If-None-Match: \"x\""])
            #expect(other.status == 200)
            let range = "Range: bytes=0-9"
            let same = try await client.request("GET", "/file", [range, "If-Range: \(tag)"])
            #expect(same.status == 206)
            try Files.replace(path, with: Array("new".utf8))
            let changed = try await client.request("GET", "/file", [range, "If-Range: \(tag)"])
            #expect(changed.status == 200)
            #expect(changed.text == "new")
        }
    }

    @Test func hidesWhatIsNoFile() async throws {
        try await Self.withFile { client, path in
            let folder = try await client.request("GET", "/folder")
            #expect(folder.status == 404)
            Files.remove(path)
            let gone = try await client.request("GET", "/file")
            #expect(gone.status == 404)
        }
    }

    @Test func tagsTheDescription() async throws {
        try await TestService.with { service in
            let client = try service.client()
            let tag = try #require(try await client.request("GET", "/openapi.json")["ETag"])
            let known = try await client.request("GET", "/openapi.json", ["If-None-Match: \(tag)"])
            #expect(known.status == 304)
        }
    }
}
