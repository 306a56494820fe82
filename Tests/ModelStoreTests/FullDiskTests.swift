import Glibc
import JSON
import POSIX
import TestKit
import Testing

@testable import ModelStore

/// Stores on disks that are full, may only be read, or belong to somebody else.
///
/// These need a file system of their own, which only root can have; elsewhere they are skipped.
@Suite(.serialized, .enabled(if: SmallDisk.isPossible, "only root can mount a small file system"))
struct FullDiskTests {
    private let disk: SmallDisk
    private let store: ModelStore
    private let writer: StoreWriter

    init() throws {
        disk = try #require(SmallDisk(kibibytes: 256))
        store = ModelStore(path: disk.path) { _ in ["Prompt"] }
        writer = StoreWriter(store, settings: .quick)
    }

    private func isFull(_ error: StoreError?) -> Bool { error?.code == ENOSPC }

    @Test func blobsThatDoNotFitLeaveNothing() throws {
        let blob = try BlobWriter(writer)
        let error = #expect(throws: StoreError.self) {
            for _ in 0..<100 { try blob.write([UInt8](repeating: 1, count: 10_000)) }
        }
        #expect(isFull(error))
        #expect(error.map { "\($0)".contains("make room") } == true)
        #expect(throws: StoreError.cancelled) { try blob.write([1]) }
        #expect(Files.names(in: "\(disk.path)/blobs") == [])
        _ = try writer.writeBlob([UInt8](repeating: 1, count: 100_000))
        let folder = TemporaryFolder()
        let path = folder.file("large")
        try Files.replace(path, with: [UInt8](repeating: 2, count: 500_000))
        let copying = #expect(throws: StoreError.self) { try writer.importBlob(from: path) }
        #expect(isFull(copying))
        #expect(Files.names(in: "\(disk.path)/blobs").count == 1)
    }

    /// At every amount of free room, a model is made as a whole or not at all.
    @Test func modelsThatDoNotFitAreNotSeen() throws {
        let weights = try writer.writeBlob(GGUFBytes.languageModel().bytes)
        let name = try #require(ModelName("m"))
        var request = CreateRequest(name: name)
        request.files = [CreateRequest.File(name: "m.gguf", digest: weights.digest)]
        request.system = String(repeating: "s", count: 9000)
        request.parameters = ["top_k": 1]
        var (failed, made) = (0, 0)
        for room in stride(from: 0, through: 48, by: 4) {
            let filler = try #require(disk.fill(leaving: room << 10))
            defer { Files.remove(filler) }
            do throws(StoreError) {
                _ = try writer.create(request)
                made += 1
                #expect(store.list().models.map(\.name) == [name])
                Files.remove(filler)
                _ = try writer.delete(name)
            } catch {
                failed += 1
                #expect(isFull(error), "\(error)")
                #expect(store.list().models.isEmpty)
                #expect(store.list().skipped.isEmpty)
            }
            Files.remove(filler)
            #expect(try writer.verify().isClean)
            let names =
                Files.names(in: disk.path + "/blobs") + Files.names(in: disk.path + "/manifests")
            #expect(!names.contains { $0.hasPrefix(TemporaryFile.start) })
            if writer.size(of: weights.digest) == nil {
                _ = try writer.writeBlob(GGUFBytes.languageModel().bytes)
            }
        }
        #expect(failed > 2 && made > 2)
    }

    @Test func storesThatMayOnlyBeReadSaySo() throws {
        let blob = try writer.writeBlob([1])
        #expect(disk.makeReadOnly())
        let name = try #require(ModelName("m"))
        for error in [
            #expect(throws: StoreError.self) { try writer.writeBlob([2]) },
            #expect(throws: StoreError.self) { try writer.pin() },
            #expect(throws: StoreError.self) { try writer.create(CreateRequest(name: name)) },
            #expect(throws: StoreError.self) { try writer.collect(isDryRun: true) },
        ] where error?.isRequestsFault != true {
            #expect(error?.code == EROFS, "\(error as Any)")
            #expect(
                error.map { "\($0)".contains(disk.path) && "\($0)".contains("may only be read") }
                    == true
            )
        }
        #expect(writer.size(of: blob.digest) == 1)
        #expect(try writer.verify().isClean)
    }
}

/// A file system of some kibibytes in memory.
final class SmallDisk {
    private let folder = TemporaryFolder()

    var path: String { folder.path }

    /// Whether this process may mount one.
    static let isPossible = SmallDisk(kibibytes: 64) != nil

    init?(kibibytes: Int) {
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else { return nil }
    }

    deinit {
        umount2(folder.path, Int32(MNT_DETACH))
    }

    /// Tries again while something on it is open to be written: a child of another test has all that
    /// was open when it was forked, until it becomes its program.
    func makeReadOnly() -> Bool {
        for _ in 0..<3000 {
            let flags = UInt(MS_REMOUNT | MS_RDONLY)
            if mount("tmpfs", folder.path, "tmpfs", flags, nil) == 0 { return true }
            guard errno == EBUSY else { return false }
            usleep(10_000)
        }
        return false
    }

    /// Takes all room but so many bytes; nil when there is less.
    func fill(leaving bytes: Int) -> String? {
        guard let free = StoreCalls.freeBytes(path), free >= bytes else { return nil }
        let path = "\(folder.path)/filler"
        let content = [UInt8](repeating: 0, count: free - bytes)
        return (try? Files.replace(path, with: content)).map { path }
    }
}
