import Glibc
import HTTPClient
import JSON
import ModelStore
import POSIX
import RegistryKit
import TestKit
import Testing

@testable import Registry

/// Pulls from registries that mean well.
@Suite(.timeLimit(.minutes(5))) struct PullTests {
    private let weights = PullFixture.content(9_000_000)
    private let text = Array("a template".utf8)

    private func add(_ registry: LoopbackRegistry, _ name: String = "lib/m:t") -> [UInt8] {
        registry.add(
            model: name,
            [("application/vnd.ollama.image.model", weights), ("x/own", text)]
        )
    }

    private func check(
        _ fixture: PullFixture,
        _ registry: LoopbackRegistry,
        _ manifest: [UInt8]
    ) throws {
        let name = try #require(ModelName("\(registry.host)/lib/m:t"))
        #expect(try fixture.writer.store.manifestBytes(of: name) == manifest)
        #expect(try fixture.blob("\(BlobDigest(of: weights))") == weights)
        #expect(try fixture.blob("\(BlobDigest(of: text))") == text)
        #expect(try fixture.isClean())
        #expect(!fixture.names("blobs").contains { $0.contains("partial") })
    }

    @Test func aModelIsPulledByteForByte() async throws {
        let registry = try LoopbackRegistry()
        let manifest = add(registry)
        let fixture = try PullFixture()
        let progress = try await fixture.pull("\(registry.host)/lib/m:t")
        try check(fixture, registry, manifest)
        #expect(progress.first?.status == "pulling manifest")
        #expect(progress.last?.status == "success")
        let digest = "\(BlobDigest(of: weights))"
        let last = try #require(progress.last { $0.digest == digest })
        #expect(last.total == weights.count && last.completed == weights.count)
        #expect(last.status == "pulling \(digest.dropFirst(7).prefix(12))")
        let sent = registry.sentBytes
        #expect(sent == weights.count + text.count + 2)
        // What is there is not downloaded again.
        let again = try await fixture.pull("\(registry.host)/lib/m:t")
        #expect(registry.sentBytes == sent)
        #expect(again.contains { $0.digest == digest && $0.completed == weights.count })
    }

    @Test func aNewModelTakesTheOldOnesPlace() async throws {
        let registry = try LoopbackRegistry()
        _ = add(registry)
        let fixture = try PullFixture()
        try await fixture.pull("\(registry.host)/lib/m:t")
        registry.add(model: "lib/m:t", [("x/own", text)])
        let progress = try await fixture.pull("\(registry.host)/lib/m:t")
        #expect(progress.contains { $0.status == "removing unused layers" } || progress.isEmpty)
        #expect(fixture.names("blobs").count == 2)
        #expect(try fixture.isClean())
    }

    @Test func serversWithoutRangesGiveTheWholeBlob() async throws {
        let blob = weights
        let registry = try LoopbackRegistry { request in
            guard request.path.contains("/blobs/"), request.range != nil else { return .honest }
            guard request.path.contains(BlobDigest(of: blob).hexadecimal) else { return .honest }
            return .answer(200, [], blob)
        }
        let manifest = add(registry)
        let fixture = try PullFixture()
        try await fixture.pull("\(registry.host)/lib/m:t")
        try check(fixture, registry, manifest)
    }

    /// The first connections break in the middle of a part; what came is not asked for again.
    @Test func brokenConnectionsGoOnWhereTheyBroke() async throws {
        let blob = weights
        let registry = try LoopbackRegistry { request in
            guard let range = request.range, request.number < 6, range.count > 2 << 20 else {
                return .honest
            }
            return .script { connection in
                let last = range.upperBound - 1
                connection.send("HTTP/1.1 206 P\r\nContent-Length: \(range.count)\r\n")
                connection.send(
                    "Content-Range: bytes \(range.lowerBound)-\(last)/\(blob.count)\r\n\r\n"
                )
                connection.send(blob[range].prefix(1_600_000))
            }
        }
        let manifest = add(registry)
        let fixture = try PullFixture()
        try await fixture.pull("\(registry.host)/lib/m:t")
        try check(fixture, registry, manifest)
        let starts = registry.requests.compactMap(\.range).filter { $0.count > 100 }.map(
            \.lowerBound
        )
        #expect(Set(starts).count == starts.count, "\(starts)")
    }

    @Test func redirectionsAreRememberedAndRefreshed() async throws {
        let blob = weights
        let digest = BlobDigest(of: blob)
        // Good for two requests each; then 403, as signed addresses that have expired.
        let storage = try LoopbackRegistry { request in
            guard request.number < 2 else { return .answer(403, [], Array("expired".utf8)) }
            guard let range = request.range else { return .answer(200, [], blob) }
            let fields = [
                "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(blob.count)"
            ]
            return .answer(206, fields, Array(blob[range]))
        }
        let host = storage.host
        let registry = try LoopbackRegistry { request in
            guard request.path.hasSuffix(digest.hexadecimal) else { return .honest }
            return .answer(307, ["Location: http://\(host)/signed/\(request.number)?secret"], [])
        }
        let manifest = add(registry)
        let fixture = try PullFixture { settings in
            settings.streams = 1
            settings.rate = nil
        }
        try await fixture.pull("\(registry.host)/lib/m:t")
        try check(fixture, registry, manifest)
        #expect(storage.requests.allSatisfy { $0.fields["authorization"] == nil })
    }

    @Test func tokensAreFetchedAndFetchedAnew() async throws {
        let registry = try LoopbackRegistry { request in
            if request.path == "/token" {
                let isRight = request.query == "service=s&scope=repository%3Alib%2Fm%3Apull"
                guard isRight else { return .answer(400, [], []) }
                return .answer(200, [], Array(#"{"token":"t\#(request.number)"}"#.utf8))
            }
            // Every token is good for one model's manifest or two blobs.
            let host = request.fields["host"] ?? ""
            let challenge =
                #"WWW-Authenticate: Bearer realm="http://\#(host)/token",service="s""#
                + #",scope="repository:lib/m:pull""#
            guard let given = request.fields["authorization"], given.hasPrefix("Bearer t") else {
                return .answer(401, [challenge], [])
            }
            let isOld = given == "Bearer t0" && request.path.contains("/blobs/")
            return isOld ? .answer(401, [challenge], []) : .honest
        }
        let manifest = add(registry)
        let fixture = try PullFixture()
        try await fixture.pull("\(registry.host)/lib/m:t")
        try check(fixture, registry, manifest)
    }

    @Test func namesAndPasswordsAreGivenToWhomTheyBelong() async throws {
        let registry = try LoopbackRegistry { request in
            request.fields["authorization"] == "Basic dTpw"
                ? .honest : .answer(401, [#"WWW-Authenticate: Basic realm="r""#], [])
        }
        let manifest = add(registry)
        let stranger = try PullFixture()
        guard case .unauthorized? = await stranger.failure("\(registry.host)/lib/m:t") else {
            Issue.record("let in without a password")
            return
        }
        let host = registry.host
        let fixture = try PullFixture { $0.credentials.add(user: "u", password: "p", at: host) }
        try await fixture.pull("\(registry.host)/lib/m:t")
        try check(fixture, registry, manifest)
        let wrong = try PullFixture { $0.credentials.add(user: "u", password: "x", at: host) }
        guard case .unauthorized? = await wrong.failure("\(registry.host)/lib/m:t") else {
            Issue.record("let in with a wrong password")
            return
        }
    }

    @Test func refusalsThatPassAreWaitedFor() async throws {
        let registry = try LoopbackRegistry { request in
            switch request.number {
            case 0: .answer(503, ["Retry-After: 0"], [])
            case 1: .answer(429, [], [])
            default: .honest
            }
        }
        let manifest = add(registry)
        let fixture = try PullFixture()
        try await fixture.pull("\(registry.host)/lib/m:t")
        try check(fixture, registry, manifest)
    }

    @Test func manyBlobsAndEmptyOnesArePulled() async throws {
        let registry = try LoopbackRegistry()
        let blobs = (0..<60).map { PullFixture.content($0 * 977, seed: UInt64($0) + 9) }
        registry.add(model: "lib/m:t", blobs.map { ("x/own", $0) } + [("x/twice", blobs[7])])
        let fixture = try PullFixture()
        try await fixture.pull("\(registry.host)/lib/m:t")
        for blob in blobs { #expect(try fixture.blob("\(BlobDigest(of: blob))") == blob) }
        #expect(try fixture.isClean())
    }
}
