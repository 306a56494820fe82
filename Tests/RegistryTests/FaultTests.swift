import FaultProxy
import HTTPClient
import ModelStore
import POSIX
import RegistryKit
import TestKit
import Testing

@testable import Registry

/// Pulls through connections that wait, trickle, flip bits, break and end early.
@Suite(.timeLimit(.minutes(5))) struct FaultTests {
    @Test(arguments: 0..<24)
    func aPullIsWholeOrNotAtAll(_ seed: Int) async throws {
        let blob = PullFixture.content(3_000_000, seed: 77)
        let registry = try LoopbackRegistry()
        let manifest = registry.add(model: "lib/m:t", [("x/own", blob), ("x/own", [1, 2, 3])])
        let proxy = try FaultProxy(to: .tcp(registry.port)) { connection in
            // Every fourth connection is a good one, so that there can be an end.
            let seed = UInt64(seed * 1000 + connection)
            return connection % 4 == 3 ? FaultPlan() : FaultPlan(seed: seed, length: 1_000_000)
        }
        defer { proxy.end() }
        let fixture = try PullFixture { settings in
            settings.retries.attempts = 12
            settings.patience.head = .seconds(2)
            settings.patience.stall = .seconds(2)
        }
        let reference = "127.0.0.1:\(proxy.port)/lib/m:t"
        let name = try #require(ModelName(reference))
        if await fixture.failure(reference) != nil {
            #expect(try fixture.writer.store.manifestBytes(of: name) == nil)
        } else {
            // A flipped bit can make another manifest, which then is what was pulled, whole too.
            let found = try #require(try fixture.writer.store.manifestBytes(of: name))
            if found == manifest {
                #expect(try fixture.blob("\(BlobDigest(of: blob))") == blob)
            }
        }
        #expect(try fixture.isClean())
    }
}
