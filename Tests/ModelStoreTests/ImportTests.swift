import Glibc
import POSIX
import TestKit
import Testing

@testable import ModelStore

/// Files that become blobs in place.
@Suite struct ImportTests {
    private let files = TemporaryStore()
    private let content = [UInt8](repeating: 7, count: 3 << 20)

    private func number(_ path: String) -> UInt64? { FileVersion.current(of: path)?.number }

    private func link(_ path: String) throws -> BlobImport {
        try BlobImport(files.writer, from: path, ways: [.link])
    }

    @Test func nobodySeesAFileBeforeItIsPublished() throws {
        let path = try files.write("elsewhere", content)
        let file = try link(path)
        #expect(file.digest == BlobDigest(of: content) && file.size == content.count)
        #expect(files.writer.size(of: file.digest) == nil)
        #expect(files.names("blobs").allSatisfy { $0.hasPrefix(".baton-") })
        #expect(try file.publish() == StoredBlob(digest: file.digest, size: 3 << 20, isNew: true))
        #expect(number(files.store.path(of: file.digest)) == number(path))
        #expect(files.names("blobs").count == 1)
        #expect(throws: StoreError.cancelled) { try file.publish() }
    }

    @Test func aFileThatIsLetGoLeavesNothing() throws {
        let path = try files.write("elsewhere", content)
        #expect(try link(path).size == content.count)
        #expect(files.names("blobs") == [])
        #expect(try Files.read(path) == content)
    }

    @Test func whatABlobIsMadeOfMayBeALinkOrTheBlobItself() throws {
        let path = try files.write("elsewhere", content)
        #expect(symlink(path, "\(files.path)/name") == 0)
        let blob = try link("\(files.path)/name").publish()
        #expect(number(files.store.path(of: blob.digest)) == number(path))
        let again = try link(files.store.path(of: blob.digest)).publish()
        #expect(again == StoredBlob(digest: blob.digest, size: blob.size, isNew: false))
        #expect(files.names("blobs").count == 1)
    }

    @Test func aFileThatIsWrittenBeforeItIsPublishedIsRefused() throws {
        let path = try files.write("elsewhere", content)
        let written = try link(path)
        files.setTime("elsewhere", 5)
        #expect(throws: StoreError.changed(path: path)) { try written.publish() }
        let replaced = try link(path)
        try files.write("elsewhere", [1])
        #expect(throws: StoreError.changed(path: path)) { try replaced.publish() }
        #expect(files.names("blobs") == [])
    }

    @Test func aFileThatWasReplacedSinceItWasOpenedIsNotLinked() throws {
        let path = try files.write("elsewhere", [1])
        let opened = try FileVersion.open(path)
        try files.write("elsewhere", [2])
        try Files.makeFolder("\(files.path)/blobs")
        // Without a name there is nothing to give a second one to.
        #expect(throws: StoreError.self) {
            try TemporaryFile(in: "\(files.path)/blobs", linking: opened.file.number)
        }
        #expect(files.names("blobs") == [])
    }

    @Test(arguments: [0o664, 0o646, 0o666] as [mode_t])
    func filesThatOthersMayWriteAreNotLinked(mode: mode_t) throws {
        let path = try files.write("elsewhere", content)
        #expect(chmod(path, mode) == 0)
        let error = #expect(throws: StoreError.self) { try link(path) }
        #expect("\(try #require(error))".contains("others than its owner may write it"))
        #expect(files.names("blobs") == [])
        // As a copy they are as good as others.
        let imported = try files.writer.importBlob(from: path, ways: [.link, .copy])
        #expect(imported.way == .copy)
        #expect(number(files.store.path(of: imported.blob.digest)) != number(path))
    }

    private static let isRoot = geteuid() == 0

    @Test(.enabled(if: isRoot, "only root can give files to others"))
    func filesOfOthersAreNotLinked() throws {
        let path = try files.write("elsewhere", content)
        #expect(chown(path, 65534, 65534) == 0)
        let error = #expect(throws: StoreError.self) { try link(path) }
        #expect("\(try #require(error))".contains("it belongs to another user"))
    }

    @Test(.enabled(if: isRoot, "only root can give folders to others"))
    func filesMustBeReadableByTheStoresOwner() throws {
        try Files.makeFolder("\(files.path)/blobs")
        #expect(chown("\(files.path)/blobs", 65534, 65534) == 0)
        let path = try files.write("elsewhere", content)
        #expect(chmod(path, 0o600) == 0)
        let error = #expect(throws: StoreError.self) { try link(path) }
        #expect("\(try #require(error))".contains("the store's owner may not read it"))
        #expect(chmod(path, 0o604) == 0)
        _ = try link(path).publish()
        // Somebody who owns the store has his own file there as well.
        #expect(chmod(path, 0o400) == 0 && chown(path, 65534, 65534) == 0)
        #expect(try link(path).size == content.count)
    }

    private static let elsewhere = "/dev/shm"
    private static let isElsewhere = device(elsewhere) != device(TemporaryFolder().path)

    private static func device(_ path: String) -> UInt {
        var status = stat()
        return stat(path, &status) == 0 ? UInt(status.st_dev) : 0
    }

    @Test(.enabled(if: isElsewhere, "needs a second file system at /dev/shm"))
    func filesOfAnotherFileSystemAreNotLinked() throws {
        let path = "\(Self.elsewhere)/\(TemporaryFile.freshName())"
        try Files.replace(path, with: content)
        defer { Files.remove(path) }
        let error = #expect(throws: StoreError.self) { try link(path) }
        #expect("\(try #require(error))".contains("another file system"))
        #expect(try files.writer.importBlob(from: path, ways: [.link, .copy]).way == .copy)
    }

    @Test func aStoreThatCannotBeWrittenTakesNothing() throws {
        let path = try files.write("elsewhere", content)
        // A file where the folder of blobs belongs holds up root as well.
        try files.write("blobs", [])
        #expect(throws: StoreError.self) { try link(path) }
        #expect(try Files.read("\(files.path)/blobs") == [])
    }

    @Test func whatIsNotNeededIsWithdrawn() throws {
        let writer = files.writer
        let path = try files.write("elsewhere", content)
        let blob = try link(path).publish()
        try files.add(model: "one", [(.system, [1])])
        let needed = BlobDigest(of: [1])
        let held = try writer.writeBlob([2]).digest
        let pin = try writer.pin()
        try pin.hold(held)
        let removal = try withExtendedLifetime(pin) {
            try writer.withdraw([blob.digest, needed, held, BlobDigest(of: [3])])
        }
        #expect(removal.blobs == [blob.digest] && removal.left.isEmpty)
        #expect(writer.size(of: needed) == 1 && writer.size(of: held) == 1)
        #expect(try Files.read(path) == content)
        try files.write("manifests/registry.ollama.ai/library/bad/latest", [UInt8]("{"))
        #expect(try writer.withdraw([held]).left.count == 1)
        #expect(writer.size(of: held) == 1)
    }
}
