import HTTPService
import JSON
import TestKit
import Testing

@Suite(.everyKindOfThreads) struct MultipartTests {
    private static let body = Array(
        """
        --BOUND\r
        Content-Disposition: form-data; name="model"\r
        \r
        base\r
        --BOUND\r
        Content-Disposition: form-data; name="empty"\r
        \r
        \r
        --BOUND\r
        Content-Disposition: form-data; name="file"; filename="a b.wav"\r
        Content-Type: audio/wav\r
        \r
        RIFF\r
        --BOUN not a boundary\r
        \u{0}\u{1}\r
        --BOUND\r
        Content-Disposition: form-data; name="file"; filename="empty.wav"\r
        Content-Type: audio/wav\r
        \r
        \r
        --BOUND\r
        Content-Disposition: form-data; name="model"\r
        \r
        again\r
        --BOUND--\r

        """.utf8
    )
    private static let type = "Content-Type: multipart/form-data; boundary=BOUND"

    private static func show(_ request: HTTPRequest) -> HTTPResponse {
        let parts = request.parts.map { part in
            let file = part.filename ?? "-"
            return "\(part.name)|\(file)|\(part.contentType ?? "-")|\(part.text ?? "?")"
        }
        return .text(parts.joined(separator: "\n") + "|\(request.body.count)")
    }

    private static let expected = """
        model|-|-|base
        empty|-|-|
        file|a b.wav|audio/wav|RIFF\r
        --BOUN not a boundary\r
        \u{0}\u{1}
        file|empty.wav|audio/wav|
        model|-|-|again|0
        """

    private static let routes: [Route] = [
        .task(.post, "/parts", body: .multipart, limit: 1 << 20) { show($0) },
        .task(.post, "/either", body: .bytesOrMultipart) { show($0) },
    ]

    @Test func readsFields() async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            for path in ["/parts", "/either"] {
                let response = try await client.request("POST", path, [Self.type], body: Self.body)
                #expect(response.status == 200)
                #expect(response.text == Self.expected)
            }
            let bytes = try await client.request("POST", "/either", body: [1, 2, 3])
            #expect(bytes.text == "|3")
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64])
    func readsFieldsInPieces(_ size: Int) async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            try await client.send(
                "POST /parts HTTP/1.1\r\nHost: x\r\n\(Self.type)\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            for start in stride(from: 0, to: Self.body.count, by: size) {
                let piece = Self.body[start..<min(start + size, Self.body.count)]
                let length = String(piece.count, radix: 16)
                try await client.send(Array("\(length)\r\n".utf8) + piece + Array("\r\n".utf8))
            }
            try await client.send("0\r\n\r\n")
            #expect(try await client.response().text == Self.expected)
        }
    }

    struct Bad: Sendable {
        let type: String?
        let body: String
        let status: Int
        let code: String
    }

    @Test(arguments: [
        Bad(type: nil, body: "x", status: 415, code: "unsupported_media_type"),
        Bad(type: "application/json", body: "{}", status: 415, code: "unsupported_media_type"),
        Bad(
            type: "application/x-www-form-urlencoded",
            body: "a=b",
            status: 415,
            code: "unsupported_media_type"
        ),
        Bad(type: "multipart/form-data", body: "x", status: 400, code: "invalid_multipart"),
        Bad(
            type: "multipart/form-data; boundary=",
            body: "x",
            status: 400,
            code: "invalid_multipart"
        ),
        Bad(
            type: "multipart/form-data; boundary=BB",
            body: "no boundary here",
            status: 400,
            code: "invalid_multipart"
        ),
        Bad(
            type: "multipart/form-data; boundary=BB",
            body: "--BB\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut short",
            status: 400,
            code: "invalid_multipart"
        ),
        Bad(
            type: "multipart/form-data; boundary=BB",
            body: "--BB\r\nno colon here\r\n\r\nx\r\n--BB--",
            status: 400,
            code: "invalid_multipart"
        ),
        Bad(
            type: "multipart/form-data; boundary=BB",
            body: "--BB\r\nContent-Disposition: attachment\r\n\r\nx\r\n--BB--",
            status: 400,
            code: "invalid_multipart"
        ),
        Bad(
            type: "multipart/form-data; boundary=BB",
            body: "--BB\r\nContent-Disposition: form-data; name=a\r\n"
                + "Content-Transfer-Encoding: base64\r\n\r\neA==\r\n--BB--",
            status: 400,
            code: "invalid_multipart"
        ),
        Bad(
            type: "multipart/form-data; boundary=BB",
            body: "--BBC\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--BB--",
            status: 400,
            code: "invalid_multipart"
        ),
        Bad(
            type: "multipart/form-data; boundary=BB",
            body: "--BB\r\nX: \(String(repeating: "x", count: 9000))\r\n\r\nx\r\n--BB--",
            status: 400,
            code: "invalid_multipart"
        ),
        Bad(
            type: "multipart/form-data; boundary=BB",
            body: "--BB\r\n\r\n\r\n\r\n--C--",
            status: 400,
            code: "invalid_multipart"
        ),
    ])
    func refusesBadBodies(_ test: Bad) async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            let headers = test.type.map { ["Content-Type: \($0)"] } ?? []
            let response = try await client.request(
                "POST",
                "/parts",
                headers,
                body: Array(test.body.utf8)
            )
            #expect(response.status == test.status)
            #expect(response.json?["error"]?["code"]?.stringValue == test.code)
            #expect(try await client.request("GET", "/health").status == 200)
        }
    }

    @Test func refusesTooManyFields() async throws {
        let part = "--BOUND\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n\r\n"
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            for (count, status) in [(256, 200), (257, 400), (2000, 400)] {
                let body = Array((String(repeating: part, count: count) + "--BOUND--\r\n").utf8)
                let response = try await client.request("POST", "/parts", [Self.type], body: body)
                #expect(response.status == status, "\(count)")
            }
        }
    }

    @Test func refusesMissingAndEmptyBodies() async throws {
        try await TestService.with(Self.routes) { service in
            let client = try service.client()
            #expect(try await client.request("POST", "/parts").status == 415)
            let empty = try await client.request("POST", "/parts", [Self.type], body: [])
            #expect(empty.status == 400)
        }
    }
}
