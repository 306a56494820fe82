import DeviceProtocol
import Digests
import HTTPService
import JSON
import Logging
import POSIX
import TestKit
import Testing

@Suite(.everyKindOfThreads) struct AccessTests {
    private static let routes: [Route] = [
        .task(.get, "/who") { .text($0.key?.name ?? "nobody") }, .echo("/echo"),
    ]

    /// One key a line: its name and itself.
    private static let reader: KeyRing.Reader = { path in
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        return text.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            return APIKey(name: String(words[0]), digest: SHA256Digest(of: String(words[1])))
        }
    }

    private static func withKeys(
        _ lines: String,
        _ body: (TestService, String) async throws -> Void
    ) async throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/keys"
        try Files.replace(path, with: Array(lines.utf8))
        let ring = try KeyRing(path: path, read: reader)
        try await TestService.with(routes, configure: { $0.access.keys = ring }) { service in
            try await body(service, path)
        }
    }

    @Test func demandsAKey() async throws {
        try await Self.withKeys("kitchen secret-one\nstudio secret-two\n") { service, _ in
            let client = try service.client()
            let missing = try await client.request("GET", "/who")
            #expect(missing.status == 401)
            #expect(missing["WWW-Authenticate"] == "Bearer")
            #expect(missing.json?["error"]?["code"] == "missing_key")
            for field in [
                "Authorization: Bearer wrong", "Authorization: Bearer secret-on",
                "Authorization: Bearer secret-one ", "X-Api-Key: Secret-one",
            ] {
                let refused = try await client.request("GET", "/who", [field])
                let isTrimmed = field.hasSuffix(" ")
                #expect(refused.status == (isTrimmed ? 200 : 401), "\(field)")
            }
            for (field, name) in [
                ("Authorization: Bearer secret-one", "kitchen"),
                ("authorization: bearer secret-two", "studio"), ("X-Api-Key: secret-two", "studio"),
            ] {
                #expect(try await client.request("GET", "/who", [field]).text == name)
            }
        }
    }

    @Test func letsProbesInWithoutAKey() async throws {
        try await Self.withKeys("kitchen secret-one\n") { service, _ in
            let client = try service.client()
            #expect(try await client.request("GET", "/health").status == 200)
            #expect(try await client.request("GET", "/health/ready").status == 200)
            #expect(try await client.request("GET", "/metrics").status == 401)
            #expect(try await client.request("GET", "/nothing").status == 401)
        }
    }

    @Test func refusesStrangersBeforeTheirBody() async throws {
        try await Self.withKeys("kitchen secret-one\n") { service, _ in
            let client = try service.client()
            try await client.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            )
            #expect(try await client.response().status == 401)
        }
    }

    @Test func readsNewKeysWhileItRuns() async throws {
        try await Self.withKeys("kitchen secret-one\n") { service, path in
            let client = try service.client()
            try Files.replace(path, with: Array("studio secret-two\n".utf8))
            let second = ["Authorization: Bearer secret-two"]
            while try await client.request("GET", "/who", second).status == 401 {}
            let first = ["Authorization: Bearer secret-one"]
            #expect(try await client.request("GET", "/who", first).status == 401)
            // A file that is of no use changes nothing, and is said once.
            Files.remove(path)
            while !service.log.contains(where: { $0.message == "the key file is of no use" }) {
                #expect(try await client.request("GET", "/who", second).text == "studio")
            }
        }
    }

    @Test(arguments: [
        ("localhost", true), ("LOCALHOST:8080", true), ("127.0.0.1:1", true), ("127.9.9.9", true),
        ("[::1]:80", true), ("a.localhost", true), ("kitchen.lan:80", true),
        ("evil.example", false),
        ("127.0.0.1.evil.example", false), ("localhost.evil.example", false),
        ("127.0.0.256", false),
        ("[::2]", false), ("127.1", false),
        ("192.168.1.5:1", true), ("10.0.0.1", true), ("172.31.255.1", true), ("0.0.0.0:9", true),
        ("172.32.0.1", false), ("8.8.8.8", false), ("192.168.1.5.evil.example", false),
        ("a.b.home", true), ("home", false), ("ahome", false),
    ])
    func answersOnlyToItsOwnNames(_ host: String, _ isAdmitted: Bool) async throws {
        try await TestService.with(
            Self.routes,
            configure: { $0.access.hosts = .loopback(and: ["Kitchen.lan", "*.home"]) }
        ) { service in
            let client = try service.client()
            try await client.send("GET /who HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(try await client.response().status == (isAdmitted ? 200 : 403), "\(host)")
        }
    }

    @Test func letsListedPagesIn() async throws {
        let origins = OriginPolicy(["https://app.example", "http://*.lan", "app://*"])
        try await TestService.with(Self.routes, configure: { $0.access.origins = origins }) {
            service in
            let client = try service.client()
            for (origin, isAdmitted) in [
                ("https://app.example", true), ("http://tv.lan", true), ("app://obsidian.md", true),
                ("http://localhost", true), ("https://app.example.evil", false),
                ("http://lan", false),
                ("null", false), ("https://evil.example", false),
            ] {
                let response = try await client.request("GET", "/who", ["Origin: \(origin)"])
                #expect(response.status == (isAdmitted ? 200 : 403), "\(origin)")
                #expect(response["Access-Control-Allow-Origin"] == (isAdmitted ? origin : nil))
                #expect(isAdmitted == (response["Vary"] == "Origin"))
            }
        }
    }

    @Test func answersPagesThatAskFirst() async throws {
        let origins = OriginPolicy(["https://app.example"])
        try await TestService.with(Self.routes, configure: { $0.access.origins = origins }) {
            service in
            let client = try service.client()
            let asked = [
                "Origin: https://app.example", "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: authorization, x-baton-class",
                "Access-Control-Request-Private-Network: true",
            ]
            let response = try await client.request("OPTIONS", "/echo", asked)
            #expect(response.status == 204)
            #expect(response["Access-Control-Allow-Origin"] == "https://app.example")
            #expect(response["Access-Control-Allow-Methods"] == "POST, OPTIONS")
            #expect(response["Access-Control-Allow-Headers"] == "authorization, x-baton-class")
            #expect(response["Access-Control-Allow-Private-Network"] == "true")
            let plain = try await client.request("OPTIONS", "/echo")
            #expect(plain["Access-Control-Allow-Methods"] == nil)
            #expect(plain["Allow"] == "POST, OPTIONS")
        }
    }
}
