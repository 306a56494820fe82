import HTTPClient
import JSON
import ModelStore
import POSIX
import RegistryKit
import TestKit
import Testing

@testable import Registry

/// Registries that lie, hang, lead astray or break: nothing of it is ever seen in the store.
@Suite(.timeLimit(.minutes(5))) struct BadRegistryTests {
    private static let blob = PullFixture.content(6_000_000, seed: 3)
    private let blob = Self.blob

    /// Pulls from a registry whose blobs are answered by a rule; returns why that fails.
    private func failure(
        _ change: (inout RegistryTransfers.Settings) -> Void = { _ in },
        _ rule: @escaping LoopbackRegistry.Rule
    ) async throws -> RegistryError? {
        let registry = try LoopbackRegistry { request in
            request.path.contains("/blobs/") && request.range ?? 0..<9 != 0..<2
                ? rule(request) : .honest
        }
        registry.add(model: "lib/m:t", [("x/own", blob)])
        let fixture = try PullFixture(change)
        let error = await fixture.failure("\(registry.host)/lib/m:t")
        #expect(fixture.writer.store.list().models.isEmpty)
        #expect(fixture.writer.size(of: BlobDigest(of: blob)) == nil)
        #expect(try fixture.isClean())
        return error
    }

    /// Answers a range of a blob.
    private static func part(
        _ request: LoopbackRegistry.Request,
        of blob: [UInt8]
    ) -> LoopbackRegistry.Reply {
        guard let range = request.range else { return .answer(200, [], blob) }
        let last = range.upperBound - 1
        let fields = ["Content-Range: bytes \(range.lowerBound)-\(last)/\(blob.count)"]
        return .answer(206, fields, Array(blob[range]))
    }

    @Test func aBlobOfAnotherContentIsRefused() async throws {
        var other = blob
        other[5_999_999] ^= 1
        let wrong = other
        let error = try await failure { Self.part($0, of: wrong) }
        #expect(error == .digestMismatch(BlobDigest(of: blob)))
        #expect(error.map { "\($0)".contains("file must be downloaded again") } == true)
    }

    @Test func aBlobThatChangesBetweenRangesIsRefused() async throws {
        let other = PullFixture.content(6_000_000, seed: 4)
        let blob = blob
        let error = try await failure { request in
            Self.part(request, of: request.number == 0 ? blob : other)
        }
        #expect(error == .digestMismatch(BlobDigest(of: blob)))
    }

    @Test(arguments: [
        "Content-Range: bytes 0-99/6000000", "Content-Range: bytes 1-6000000/6000001",
        "Content-Range: bytes 0-5999999/7000000", "Content-Range: nonsense", "X: no range at all",
        "Content-Range: bytes 0-18446744073709551615/18446744073709551616",
    ])
    func lyingRangesAreRefused(_ field: String) async throws {
        let blob = blob
        let error = try await failure { request in
            .answer(206, [field], Array(blob[request.range ?? 0..<1]))
        }
        guard case .invalidAnswer? = error else {
            Issue.record("\(error as Any)")
            return
        }
    }

    @Test func lyingLengthsAreRefused() async throws {
        let blob = blob
        let longer = try await failure { _ in .answer(200, [], blob + [0]) }
        let shorter = try await failure { _ in .answer(200, [], Array(blob.dropLast())) }
        for error in [longer, shorter] {
            guard case .invalidAnswer? = error else {
                Issue.record("\(error as Any)")
                continue
            }
        }
        // Without a length, and more than there is.
        let endless = try await failure { _ in
            .script { connection in
                connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                while connection.send(blob) {}
            }
        }
        guard case .invalidAnswer? = endless else {
            Issue.record("\(endless as Any)")
            return
        }
    }

    @Test func registriesThatHangAreGivenUp() async throws {
        let patient: (inout RegistryTransfers.Settings) -> Void = { settings in
            settings.patience.head = .milliseconds(200)
            settings.patience.stall = .milliseconds(200)
            settings.retries.attempts = 2
        }
        let silent = try await failure(patient) { _ in .script { $0.waitForClose() } }
        let stalled = try await failure(patient) { request in
            .script { connection in
                let range = request.range ?? 0..<1
                let last = range.upperBound - 1
                connection.send("HTTP/1.1 206 P\r\nContent-Length: \(range.count)\r\n")
                connection.send("Content-Range: bytes \(range.lowerBound)-\(last)/6000000\r\n\r\nx")
                connection.waitForClose()
            }
        }
        let broken = try await failure(patient) { _ in .script { _ in } }
        for error in [silent, stalled, broken] {
            guard case .unavailable? = error else {
                Issue.record("\(error as Any)")
                continue
            }
            #expect(error.map { "\($0)".hasPrefix("max retries exceeded: ") } == true)
        }
    }

    @Test func circlesAndSideStepsAreNotFollowed() async throws {
        let circle = try await failure { request in
            .answer(302, ["Location: \(request.path)?\(request.number)"], [])
        }
        // A machine's own network may lead to itself, never to where clouds keep secrets.
        let secrets = try await failure { _ in
            .answer(302, ["Location: http://169.254.169.254/latest/meta-data"], [])
        }
        let nowhere = try await failure { _ in .answer(302, ["Location: file:///etc/passwd"], []) }
        for error in [circle, secrets] {
            guard case .forbiddenRedirect? = error else {
                Issue.record("\(error as Any)")
                continue
            }
        }
        guard case .invalidAnswer? = nowhere else {
            Issue.record("\(nowhere as Any)")
            return
        }
    }

    @Test func addressesThatAreNotAllowedAreNotAsked() async throws {
        let registry = try LoopbackRegistry()
        registry.add(model: "lib/m:t", [("x/own", [1])])
        let fixture = try PullFixture { $0.addresses = .publicOnly }
        guard case .forbiddenRedirect? = await fixture.failure("\(registry.host)/lib/m:t") else {
            Issue.record("a private registry was asked")
            return
        }
        #expect(registry.requests.isEmpty)
    }

    @Test func missingBlobsAndRefusalsAreSaid() async throws {
        let missing = try await failure { _ in .answer(404, [], []) }
        #expect(missing == .noSuchBlob(BlobDigest(of: blob)))
        let words = Array(#"{"errors":[{"code":"DENIED","message":"not for you"}]}"#.utf8)
        let denied = try await failure { _ in .answer(403, [], words) }
        guard case .unauthorized? = denied else {
            Issue.record("\(denied as Any)")
            return
        }
        let other = try await failure { _ in .answer(418, [], []) }
        #expect(other == .refused(status: 418, ""))
    }

    @Test(arguments: [
        "", "{", "null", "[]", "{}", #"{"layers":[]}"#,
        #"{"layers":[{"digest":"sha256:../../x"}]}"#,
        #"{"layers":[{"digest":"sha256:12","size":1}]}"#, #"{"layers":[{"size":1}]}"#,
        #"{"layers":{}}"#, #"{"manifests":[{"digest":"x"}]}"#,
    ])
    func brokenManifestsAreRefused(_ text: String) async throws {
        let registry = try LoopbackRegistry()
        registry.add(manifest: Array(text.utf8), as: "lib/m:t")
        let fixture = try PullFixture()
        guard case .invalidAnswer? = await fixture.failure("\(registry.host)/lib/m:t") else {
            Issue.record("\(text) was taken")
            return
        }
        #expect(fixture.isEmpty())
    }

    @Test func manifestsThatLieAboutLengthsAreRefused() async throws {
        for size in [0, 5, 100_000_000, Int.max] {
            let registry = try LoopbackRegistry()
            let digest = registry.add(blob: blob)
            let layer = LoopbackRegistry.layer("x/own", digest: digest, size: size)
            registry.add(model: "lib/m:t", layers: [layer])
            let fixture = try PullFixture()
            let error = await fixture.failure("\(registry.host)/lib/m:t")
            switch error {
            case .invalidAnswer?, .digestMismatch?, .store(.noSpace)?: break
            default: Issue.record("\(size): \(error as Any)")
            }
            #expect(fixture.writer.store.list().models.isEmpty)
            #expect(try fixture.isClean())
        }
    }

    @Test func truncatedAndSwappedManifestsAreRefused() async throws {
        let manifest = Array(#"{"schemaVersion":2,"layers":[]}"#.utf8)
        for rule in [
            { _ in
                .script { connection in
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
                    connection.send(manifest)
                }
            },
            { _ in
                .answer(200, ["Docker-Content-Digest: \(BlobDigest(of: [1]))"], manifest)
            },
            { _ in .answer(200, [], [UInt8](repeating: 32, count: 5 << 20)) },
        ] as [LoopbackRegistry.Rule] {
            let registry = try LoopbackRegistry(rule)
            let fixture = try PullFixture()
            let error = await fixture.failure("\(registry.host)/lib/m:t")
            switch error {
            case .invalidAnswer?, .unavailable?: break
            default: Issue.record("\(error as Any)")
            }
            #expect(fixture.isEmpty())
        }
        let registry = try LoopbackRegistry()
        let fixture = try PullFixture()
        let error = await fixture.failure("\(registry.host)/lib/m:t")
        #expect(error.map { "\($0)" } == "pull model manifest: file does not exist")
    }

    @Test func tokenServersThatLeadAstrayAreNotAsked() async throws {
        for (realm, isForbidden) in [
            ("http://169.254.169.254/token", true), ("ftp://h/", false), ("", false),
        ] {
            let registry = try LoopbackRegistry { _ in
                .answer(401, [#"WWW-Authenticate: Bearer realm="\#(realm)""#], [])
            }
            let fixture = try PullFixture()
            switch await fixture.failure("\(registry.host)/lib/m:t") {
            case .forbiddenRedirect? where isForbidden: break
            case .invalidAnswer? where !isForbidden: break
            case let error: Issue.record("\(realm): \(error as Any)")
            }
        }
    }
}
