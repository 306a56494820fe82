import ModelStore
import POSIX
import RegistryKit
import TestKit
import Testing

@testable import Registry

/// Pushes, and bundles of kinds that no other program knows.
@Suite(.timeLimit(.minutes(5))) struct PushTests {
    private let blob = PullFixture.content(20_000_000, seed: 6)

    /// A store with a model, pulled from a registry under another registry's name.
    private func fixture(for registry: LoopbackRegistry) async throws -> PullFixture {
        let source = try LoopbackRegistry()
        source.add(
            model: "lib/m:t",
            [("application/vnd.baton.ocr.detection", blob), ("application/x-empty", [])]
        )
        let fixture = try PullFixture()
        try await fixture.pull("\(source.host)/lib/m:t")
        let (from, to) = (
            ModelName("\(source.host)/lib/m:t"), ModelName("\(registry.host)/lib/m:t")
        )
        _ = try fixture.writer.copy(#require(from), to: #require(to))
        return fixture
    }

    @Test func anyMediaTypesGoOutAndComeBackAsTheyWere() async throws {
        let registry = try LoopbackRegistry()
        let fixture = try await fixture(for: registry)
        let name = try #require(ModelName("\(registry.host)/lib/m:t"))
        let manifest = try #require(try fixture.writer.store.manifestBytes(of: name))
        let progress = try await fixture.push("\(registry.host)/lib/m:t")
        #expect(progress.map(\.status).first == "retrieving manifest")
        #expect(progress.suffix(2).map(\.status) == ["pushing manifest", "success"])
        let digest = BlobDigest(of: blob)
        #expect(progress.contains { $0.digest == "\(digest)" && $0.completed == blob.count })
        #expect(registry.manifest(of: "lib/m:t") == manifest)
        #expect(registry.blob("\(digest)") == blob)
        // What is there is not sent again.
        let count = registry.requests.count { $0.method == "PATCH" }
        try await fixture.push("\(registry.host)/lib/m:t")
        #expect(registry.requests.count { $0.method == "PATCH" } == count)
        let other = try PullFixture()
        try await other.pull("\(registry.host)/lib/m:t")
        #expect(try other.writer.store.manifestBytes(of: name) == manifest)
        #expect(try other.blob("\(digest)") == blob)
    }

    @Test func uploadsGoOnWhereTheyBroke() async throws {
        let registry = try LoopbackRegistry { request in
            guard request.method == "PATCH", request.body.count > 1000 else { return .honest }
            switch request.number {
            case 0: return .script { _ in }
            case 2: return .answer(503, [], [])
            default: return .honest
            }
        }
        let fixture = try await fixture(for: registry)
        try await fixture.push("\(registry.host)/lib/m:t")
        #expect(registry.blob("\(BlobDigest(of: blob))") == blob)
    }

    @Test func refusalsAreSaid() async throws {
        let words = #"{"errors":[{"code":"DENIED","message":"read only"}]}"#
        for (method, expected) in [
            ("POST", RegistryError.unauthorized("read only")),
            ("PUT", .unauthorized("read only")), ("PATCH", .unauthorized("read only")),
        ] {
            let registry = try LoopbackRegistry { request in
                request.method == method ? .answer(403, [], Array(words.utf8)) : .honest
            }
            let fixture = try await fixture(for: registry)
            await #expect(throws: expected) { try await fixture.push("\(registry.host)/lib/m:t") }
            #expect(registry.manifest(of: "lib/m:t") == nil)
        }
        let registry = try LoopbackRegistry()
        let fixture = try PullFixture()
        let name = "\(registry.host)/lib/none:t"
        await #expect(throws: RegistryError.store(.unknownModel(name))) {
            try await fixture.push(name)
        }
    }
}
