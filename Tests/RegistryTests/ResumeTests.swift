import Glibc
import ModelStore
import POSIX
import Randomness
import RegistryKit
import TestKit
import Testing

@testable import Registry

/// Downloads that go on after a kill, and stores that cannot take them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ResumeTests {
    private let blob = PullFixture.content(40_000_000, seed: 8)

    /// Killed at any moment again and again: at most one part is repeated each time.
    @Test func aKilledPullGoesOn() async throws {
        let registry = try LoopbackRegistry()
        registry.add(model: "lib/m:t", [("x/own", blob), ("x/own", Array("small".utf8))])
        let folder = TemporaryFolder()
        let loop = try EventLoop(name: "pull-kills")
        defer { loop.stop() }
        let spawner = Spawner(loop: loop)
        let program = try #require(Files.program(named: Self.program))
        let ended = Inbox<POSIX.ExitStatus>()
        var numbers = SeededGenerator(seed: 11)
        var kills = 0
        while kills < 12 {
            let sent = registry.sentBytes
            let before = try unmarkedBytes(folder)
            // So slow that it is killed in the middle, and fast enough to get somewhere.
            let command = ChildCommand(
                path: program,
                arguments: ["pull", folder.path, "\(registry.host)/lib/m:t", "2000000"]
            )
            let child = try await spawner.startOnLoop(command) { ended.put($0) }
            while registry.sentBytes == sent { try await Task.sleep(for: .milliseconds(1)) }
            usleep(UInt32.random(in: 1_000...150_000, using: &numbers))
            child.kill()
            let status = await ended.next()
            kills += 1
            if status == .exited(0) { break }
            #expect(status == .killed(signal: SIGKILL))
            // What was written and is not known to be there will be written again.
            let lost = try unmarkedBytes(folder) - before
            #expect(lost <= RangePlan.leastPart, "\(lost) bytes")
            let fixture = try PullFixture(path: folder.path)
            #expect(fixture.writer.store.list().models.isEmpty)
            #expect(try fixture.isClean())
        }
        #expect(kills > 1)
        let fixture = try PullFixture(path: folder.path)
        try await fixture.pull("\(registry.host)/lib/m:t")
        #expect(try fixture.blob("\(BlobDigest(of: blob))") == blob)
        #expect(try fixture.isClean())
        #expect(!fixture.names("blobs").contains { $0.contains("partial") })
    }

    /// Bytes of the large blob that lie on the disk without being noted.
    private func unmarkedBytes(_ folder: TemporaryFolder) throws -> Int {
        let digest = BlobDigest(of: blob)
        let path = "\(folder.path)/blobs/sha256-\(digest.hexadecimal)-partial"
        var status = stat()
        guard stat(path, &status) == 0 else { return 0 }
        let fixture = try PullFixture(path: folder.path)
        let partial = try PartialBlob(fixture.writer, digest, size: blob.count)
        return Int(status.st_blocks) * 512 - partial.bytes
    }

    private static var program: String {
        let folder = Files.executable.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/registry-benchmark"
    }

    /// What is there is not asked for again, to the block.
    @Test func everyWholeBlockIsKept() async throws {
        let fixture = try PullFixture()
        let size = 3_000_000
        let content = Array(blob.prefix(size))
        let digest = BlobDigest(of: content)
        do {
            let partial = try PartialBlob(fixture.writer, digest, size: size)
            #expect(partial.count == 6 && partial.resumedBytes == 0)
            try content.withUnsafeBytes { bytes in
                for block in [0, 2, 5] {
                    let start = block * PartialBlob.blockSize
                    let end = min(start + PartialBlob.blockSize, size)
                    try partial.write(
                        UnsafeRawBufferPointer(rebasing: bytes[start..<end]),
                        at: start
                    )
                    try partial.mark(block)
                }
            }
        }
        let there = 2 * PartialBlob.blockSize + size - 5 * PartialBlob.blockSize
        do {
            let again = try PartialBlob(fixture.writer, digest, size: size)
            #expect(again.resumedBytes == there)
            #expect(again.missingRanges.count == 2)
            #expect(again.end(ofBytesFrom: 0) == PartialBlob.blockSize)
            #expect(again.end(ofBytesFrom: size) == size)
        }
        let registry = try LoopbackRegistry()
        registry.add(model: "lib/m:t", [("x/own", content)])
        try await fixture.pull("\(registry.host)/lib/m:t")
        #expect(registry.sentBytes == size - there + 2)
        #expect(try fixture.blob("\(digest)") == content)
    }

    /// After a power cut the notes may say more than is true; the digest tells, and it begins anew.
    @Test func brokenRestsAreDownloadedAgain() async throws {
        let fixture = try PullFixture()
        let content = Array(blob.prefix(2_000_000))
        let digest = BlobDigest(of: content)
        do {
            let partial = try PartialBlob(fixture.writer, digest, size: content.count)
            try partial.mark(1)
        }
        let registry = try LoopbackRegistry()
        registry.add(model: "lib/m:t", [("x/own", content)])
        try await fixture.pull("\(registry.host)/lib/m:t")
        #expect(try fixture.blob("\(digest)") == content)
        // Notes of another size, of another kind, and none at all.
        for notes in ["", "baton-partial 5 1\n#", "{}", String(repeating: "#", count: 9)] {
            let other = PullFixture.content(1_500_000, seed: UInt64(notes.utf8.count) + 40)
            let path = "\(fixture.path)/blobs/sha256-\(BlobDigest(of: other).hexadecimal)-partial"
            try Files.replace(path, with: [UInt8](repeating: 7, count: 1_500_000))
            try Files.replace("\(path).state", with: Array(notes.utf8))
            registry.add(model: "lib/m:t", [("x/own", other)])
            try await fixture.pull("\(registry.host)/lib/m:t")
            #expect(try fixture.blob("\(BlobDigest(of: other))") == other)
        }
        #expect(try fixture.isClean())
    }

    @Test func oneProgramAtATimeDownloadsABlob() throws {
        let fixture = try PullFixture()
        var settings = StoreWriter.Settings()
        settings.reserve = 0
        settings.patience = .milliseconds(50)
        let writer = StoreWriter(fixture.writer.store, settings: settings)
        let digest = BlobDigest(of: [1])
        let partial = try PartialBlob(writer, digest, size: 1)
        let error = #expect(throws: StoreError.self) {
            try PartialBlob(writer, digest, size: 1)
        }
        guard case .busy? = error else {
            Issue.record("\(error as Any)")
            return
        }
        try writer.discardPartial(digest)
        #expect(fixture.names("blobs").count == 2)
        // Nor does a collection take it away, whatever its age.
        let later = WallTime(nanoseconds: WallTime.now.nanoseconds + 86_400_000_000_000 * 30)
        #expect(try writer.collect(isDryRun: false, now: later).items.isEmpty)
        withExtendedLifetime(partial) {}
    }

    @Test func partialsOutliveDaysAndAreCollectedThen() throws {
        let fixture = try PullFixture()
        do { _ = try PartialBlob(fixture.writer, BlobDigest(of: [1]), size: 1) }
        func collected(after days: Int64) throws -> Int {
            let now = WallTime(
                nanoseconds: WallTime.now.nanoseconds + days * 86_400_000_000_000
            )
            return try fixture.writer.collect(isDryRun: true, now: now).items.count
        }
        #expect(try collected(after: 6) == 0)
        #expect(try collected(after: 8) == 2)
    }

    // MARK: Stores that cannot take it

    @Test(.enabled(if: getuid() == 0, "only root can mount a small file system"))
    func fullDisksAreSaidAndNothingIsSeen() async throws {
        let registry = try LoopbackRegistry()
        let small = Array(blob.prefix(600_000))
        registry.add(model: "lib/m:t", [("x/own", small)])
        var failures = 0
        // Too small for one thing after another: the blob, its notes, the manifest.
        for kibibytes in [64, 300, 560, 592, 600, 608, 616, 624, 632, 640, 700, 900] {
            let folder = TemporaryFolder()
            try #require(
                mount("tmpfs", folder.path, "tmpfs", 0, "size=\(kibibytes)k") == 0
            )
            defer { umount2(folder.path, Int32(MNT_DETACH)) }
            let fixture = try PullFixture(path: folder.path)
            let error = await fixture.failure("\(registry.host)/lib/m:t")
            let name = try #require(ModelName("\(registry.host)/lib/m:t"))
            if let error {
                failures += 1
                guard case .store(let problem) = error else {
                    Issue.record("\(kibibytes): \(error)")
                    continue
                }
                if case .noSpace = problem {} else { #expect(problem.code == ENOSPC) }
                #expect(try fixture.writer.store.manifestBytes(of: name) == nil)
            } else {
                #expect(try fixture.blob("\(BlobDigest(of: small))") == small)
            }
            #expect(try fixture.isClean())
        }
        #expect(failures > 3 && failures < 12)
    }

    @Test func roomIsAskedForBeforeAnythingIsDownloaded() async throws {
        let registry = try LoopbackRegistry()
        let layer = LoopbackRegistry.layer(
            "x/own",
            digest: registry.add(blob: [1]),
            size: 1 << 50
        )
        registry.add(model: "lib/m:t", layers: [layer])
        let fixture = try PullFixture()
        guard case .store(.noSpace)? = await fixture.failure("\(registry.host)/lib/m:t") else {
            Issue.record("a petabyte fits")
            return
        }
        #expect(registry.sentBytes == 0)
    }

    @Test(.enabled(if: getuid() == 0, "only root can mount a file system"))
    func storesThatMayOnlyBeReadSaySo() async throws {
        let registry = try LoopbackRegistry()
        registry.add(model: "lib/m:t", [("x/own", [1])])
        let folder = TemporaryFolder()
        try #require(mount("tmpfs", folder.path, "tmpfs", UInt(MS_RDONLY), "size=64k") == 0)
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        let fixture = try PullFixture(path: folder.path)
        guard case .store(let error)? = await fixture.failure("\(registry.host)/lib/m:t") else {
            Issue.record("it was taken")
            return
        }
        #expect(error.code == EROFS)
    }
}
