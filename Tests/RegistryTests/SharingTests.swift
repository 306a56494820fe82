import ModelStore
import POSIX
import RegistryKit
import TestKit
import Testing

@testable import Registry

/// Several clients and several pulls at once; pausing, resuming, calling off.
@Suite(.timeLimit(.minutes(5))) struct SharingTests {
    private let weights = PullFixture.content(12_000_000, seed: 5)

    /// A registry that holds blobs back until it is told, after their first three megabytes.
    private final class Gate: Sendable {
        let hold = Hold(isOpen: false)
        let reached = Inbox<Bool>()
        let registry: LoopbackRegistry

        init(_ blob: [UInt8]) throws {
            let (hold, reached) = (hold, reached)
            registry = try LoopbackRegistry { request in
                guard let range = request.range, range.count > 1000, !hold.value else {
                    return .honest
                }
                return .script { connection in
                    let last = range.upperBound - 1
                    connection.send("HTTP/1.1 206 P\r\nContent-Length: \(range.count)\r\n")
                    connection.send(
                        "Content-Range: bytes \(range.lowerBound)-\(last)/\(blob.count)\r\n\r\n"
                    )
                    connection.send(blob[range].prefix(3_000_000))
                    reached.put(true)
                    connection.waitForClose()
                }
            }
        }
    }

    final class Hold: Sendable {
        private let state: Guarded<Bool>
        init(isOpen: Bool) { state = Guarded(isOpen) }
        var value: Bool { state.withLock { $0 } }
        func open() { state.withLock { $0 = true } }
    }

    @Test func clientsThatComeLaterJoin() async throws {
        let registry = try LoopbackRegistry()
        registry.add(model: "lib/m:t", [("x/own", weights)])
        let fixture = try PullFixture { $0.rate = 20_000_000 }
        let name = "\(registry.host)/lib/m:t"
        async let first = fixture.pull(name)
        async let second = fixture.pull(name)
        async let third = fixture.pull(name.replacing("/lib/m:t", with: "/LIB/m:T"))
        for progress in try await [first, second, third] {
            #expect(progress.last?.status == "success")
        }
        #expect(registry.sentBytes == weights.count + 2)
    }

    @Test func oneDigestOfTwoModelsIsDownloadedOnce() async throws {
        let registry = try LoopbackRegistry()
        registry.add(model: "lib/a:t", [("x/own", weights)])
        registry.add(model: "lib/b:t", [("x/other", weights), ("x/own", [1])])
        let fixture = try PullFixture { $0.rate = 20_000_000 }
        async let first = fixture.pull("\(registry.host)/lib/a:t")
        async let second = fixture.pull("\(registry.host)/lib/b:t")
        _ = try await [first, second]
        #expect(registry.sentBytes <= weights.count + 1 + 4)
        #expect(fixture.writer.store.list().models.count == 2)
        #expect(try fixture.isClean())
    }

    /// When one of two clients leaves, nothing happens; with the other the pull ends, its bytes
    /// stay.
    @Test func theLastClientThatLeavesPausesThePull() async throws {
        let gate = try Gate(weights)
        gate.registry.add(model: "lib/m:t", [("x/own", weights)])
        let fixture = try PullFixture { $0.streams = 1 }
        let reference = try RegistryReference("\(gate.registry.host)/lib/m:t", insecure: true)
        // Both are cancelled and awaited below.
        let first = Task { for try await _ in try await fixture.transfers.pull(reference) {} }
        // As the first.
        let second = Task { for try await _ in try await fixture.transfers.pull(reference) {} }
        _ = await gate.reached.next()
        first.cancel()
        _ = await first.result
        while await fixture.transfers.statuses.first?.clients != 1 { await Task.yield() }
        second.cancel()
        _ = await second.result
        while await !fixture.transfers.statuses.isEmpty { await Task.yield() }
        #expect(fixture.writer.store.list().models.isEmpty)
        let partial = "sha256-\(BlobDigest(of: weights).hexadecimal)-partial"
        #expect(fixture.names("blobs").contains(partial))
        gate.hold.open()
        let before = gate.registry.sentBytes
        try await fixture.pull("\(gate.registry.host)/lib/m:t")
        let sent = gate.registry.sentBytes - before
        #expect(sent <= weights.count - 3_000_000 + PartialBlob.blockSize + 2, "\(sent)")
        #expect(try fixture.blob("\(BlobDigest(of: weights))") == weights)
    }

    @Test func aPullCanBePausedResumedAndCalledOff() async throws {
        let gate = try Gate(weights)
        gate.registry.add(model: "lib/m:t", [("x/own", weights)])
        let fixture = try PullFixture { $0.streams = 1 }
        let transfers = fixture.transfers
        let reference = try RegistryReference("\(gate.registry.host)/lib/m:t", insecure: true)
        try await transfers.start(reference)
        _ = await gate.reached.next()
        #expect(await transfers.pause(reference))
        while await transfers.statuses.first?.progress.contains(where: { $0.status == "paused" })
            != true
        { await Task.yield() }
        let status = try #require(await transfers.statuses.first)
        #expect(status.isPaused && status.clients == 0 && status.direction == .pull)
        #expect(await transfers.resume(reference))
        _ = await gate.reached.next()
        #expect(await transfers.pause(reference))
        while await transfers.statuses.first?.progress.contains(where: { $0.status == "paused" })
            != true
        { await Task.yield() }
        #expect(fixture.names("blobs").contains { $0.hasSuffix("-partial") })
        #expect(await transfers.cancel(reference))
        while await !transfers.statuses.isEmpty { await Task.yield() }
        #expect(!fixture.names("blobs").contains { $0.contains("-partial") })
        #expect(await !transfers.pause(reference))
        #expect(await !transfers.cancel(reference))
        gate.hold.open()
        try await transfers.start(reference)
        try await fixture.pull("\(gate.registry.host)/lib/m:t")
        #expect(try fixture.isClean())
    }

    @Test func thereAreNotTooMany() async throws {
        let gate = try Gate(weights)
        let fixture = try PullFixture { $0.transfers = 2 }
        for name in ["a", "b"] {
            gate.registry.add(model: "lib/\(name):t", [("x/own", weights)])
            try await fixture.transfers.start(
                try RegistryReference("\(gate.registry.host)/lib/\(name):t", insecure: true)
            )
        }
        #expect(await fixture.failure("\(gate.registry.host)/lib/c:t") == .tooMany(2))
    }

    /// A client that reads nothing has the newest of each thing waiting, and no more.
    @Test func slowClientsCostLittle() async throws {
        let feed = NewestFeed<RegistryProgress> { $0.replaces($1) }
        let digest = BlobDigest(of: [])
        feed.put(RegistryProgress("pulling manifest"))
        for completed in 0..<10_000 {
            feed.put(RegistryProgress("pulling", digest, total: 10_000, completed: completed))
        }
        feed.put(RegistryProgress("success"))
        feed.end(.success(()))
        #expect(try await feed.next()?.status == "pulling manifest")
        #expect(try await feed.next()?.completed == 9999)
        #expect(try await feed.next()?.status == "success")
        #expect(try await feed.next() == nil)
    }
}
