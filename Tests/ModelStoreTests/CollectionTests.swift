import Glibc
import JSON
import POSIX
import TestKit
import Testing

@testable import ModelStore

@Suite struct CollectionTests {
    private let files = TemporaryStore()
    private let digits = String(repeating: "a", count: 64)
    /// Every file of these tests is younger than this.
    private var later: WallTime { WallTime.now + .seconds(8 * 86_400) }

    @Test func onlyOldFilesThatNobodyNeedsGo() throws {
        try files.add(model: "m", [(.system, [1])])
        let unused = try files.blob([2, 2])
        try files.write("blobs/sha256-\(digits)-partial", [1, 2, 3])
        try files.write("blobs/sha256-\(digits)-partial-0", [1])
        try files.write("blobs/sha256:\(digits)", [5])
        try files.write("blobs/.baton-1-1-1", [1, 2, 3, 4])
        try files.write("manifests/.baton-1-2-1", [1])
        for other in ["README", ".hidden", "sha256-\(digits)x", "sha256-1"] {
            try files.write("blobs/\(other)", [1])
        }
        try Files.makeFolder("\(files.path)/blobs/sha256-\(String(repeating: "b", count: 64))")
        try Files.makeFolder("\(files.path)/manifests/a/b/c")
        #expect(try files.writer.collect(isDryRun: false).items == [])
        let before = files.names("blobs")
        let plan = try files.writer.collect(isDryRun: true, now: later)
        #expect(files.names("blobs") == before)
        let kinds = Dictionary(grouping: plan.items, by: \.kind).mapValues(\.count)
        #expect(kinds == [.temporary: 2, .blob: 2, .partial: 2])
        #expect(plan.bytes == 4 + 2 + 3 + 1 + 1 + 1)
        let done = try files.writer.collect(isDryRun: false, now: later)
        #expect(done == plan)
        #expect(files.writer.size(of: unused) == nil)
        #expect(files.names("blobs").count == before.count - 5)
        #expect(files.names("manifests") == ["registry.ollama.ai"])
        #expect(try files.writer.verify().isClean)
    }

    @Test func whatIsBeingWrittenOrPinnedStays() throws {
        let blob = try BlobWriter(files.writer)
        try blob.write([1])
        let pin = try files.writer.pin()
        let pinned = try files.writer.writeBlob([2])
        let partial = BlobDigest(of: [3])
        try pin.hold(pinned.digest)
        try pin.hold(partial)
        try files.write("blobs/sha256-\(partial.hexadecimal)-partial", [3])
        #expect(try files.writer.collect(isDryRun: false, now: later).items == [])
        try files.add(model: "m", [(.system, [2])])
        #expect(try files.writer.delete(files.name("m")).blobs == [])
        _ = consume pin
        blob.cancel()
        #expect(try files.writer.collect(isDryRun: false, now: later).items.count == 2)
        #expect(files.names("blobs") == [] && files.names(".baton/pins") == [])
    }

    @Test func pinsOfTheDeadCountForNothing() throws {
        let digest = try files.blob([1])
        try files.write(".baton/pins/.baton-1-1-1", [UInt8]("\(digest)\n"))
        #expect(try files.writer.collect(isDryRun: false, now: later).items.count == 1)
        #expect(files.names(".baton/pins") == [])
    }

    @Test func verifyingTellsWhatIsWrong() throws {
        try files.add(model: "good", [(.system, [1, 2, 3])])
        try files.add(model: "gone", [(.system, [4])])
        try files.add(model: "short", [(.system, [5, 5])])
        try files.add(model: "other", [(.system, [6, 6])], config: [:])
        try files.add(model: "cut", [(.system, [1, 2, 3])])
        Files.remove(files.store.path(of: BlobDigest(of: [4])))
        try files.write("blobs/sha256-\(BlobDigest(of: [5, 5]).hexadecimal)", [5])
        try files.write("blobs/sha256-\(BlobDigest(of: [6, 6]).hexadecimal)", [6, 7])
        truncate("\(files.path)/manifests/registry.ollama.ai/library/cut/latest", 40)
        try files.write("manifests/README", [1])
        var steps = 0
        let found = try files.writer.verify { step in
            steps += 1
            return step.done <= step.total
        }
        #expect(steps == 4 && found.checked == 4 && !found.isClean)
        func problem(_ name: String) -> String {
            found.models.first { $0.name?.model == name }?.problems.first.map { "\($0)" } ?? ""
        }
        #expect(problem("good") == "")
        #expect(problem("gone").contains("no such file"))
        #expect(problem("short").contains("its content is sha256:"))
        #expect(problem("other").contains("its content is sha256:"))
        #expect(problem("cut").contains("no JSON"))
        #expect(found.models.contains { $0.name == nil && $0.place == "manifests/README" })
        let quick = try files.writer.verify(readsContent: false)
        #expect(quick.checked == 0)
        let short = quick.models.first { $0.name?.model == "short" }?.problems.first
        #expect(short.map { "\($0)".contains("it has 1 bytes, its manifest says 2") } == true)
        #expect(throws: StoreError.cancelled) { try files.writer.verify { _ in false } }
    }

    @Test func othersAreWaitedForAndNamed() throws {
        try files.add(model: "m", [(.system, [1])])
        try files.writer.prepare()
        let path = "\(files.path)/.baton/lock"
        let shared = try StoreLock(path, .shared, patience: .zero)
        // Others that add may come in; who takes away may not.
        try StoreLock(path, .shared, patience: .zero).release()
        let error = #expect(throws: StoreError.self) { try files.writer.delete(files.name("m")) }
        guard case .busy(path, let holders, let waited)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(waited >= .milliseconds(50))
        #expect(holders.isEmpty || holders.contains { $0.hasSuffix("(\(getpid()))") })
        #expect(error.map { "\($0)".contains("the store is in use by ") } == true)
        shared.release()
        let exclusive = try StoreLock(path, .exclusive, patience: .zero)
        #expect(throws: StoreError.self) { try files.writer.pin() }
        exclusive.release()
        #expect(try files.writer.delete(files.name("m")).bytes == 1)
    }

    @Test func theKernelsListTellsWhoHoldsALock() {
        let list = """
            1: FLOCK  ADVISORY  WRITE 1234 08:01:56 0 EOF
            2: POSIX  ADVISORY  WRITE 1235 08:01:56 0 EOF
            3: FLOCK  ADVISORY  READ 1236 00:2f:56 0 EOF
            3: -> FLOCK  ADVISORY  READ 1237 00:2f:56 0 EOF
            4: FLOCK  ADVISORY  READ 1238 00:2f:561 0 EOF
            5: FLOCK  ADVISORY  READ 1236 00:2f:56 0 EOF
            """
        #expect(LockHolders.holders(in: list, number: 56) == [1234, 1236])
        #expect(LockHolders.holders(in: "", number: 56) == [])
    }
}
