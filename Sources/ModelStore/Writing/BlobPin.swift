internal import Glibc
internal import POSIX

/// Says that somebody works with blobs that no manifest names yet, so that nobody takes them away.
///
/// DESIGN. A pin is a file in `.baton/pins` that lists digests and is locked with `flock` while its
/// owner lives; one that is not locked was left by a process that died, and counts for nothing.
/// Pins are made and extended under the store's shared lock, and read under its exclusive one, so
/// that whoever takes blobs away sees all of every pin. Thus work of hours, such as a download,
/// holds nobody up.
///
/// The pin ends with this object.
package final class BlobPin: Sendable {
    private let file: FileDescriptor
    private let path: String
    private let writer: StoreWriter
    private let digests = Guarded<Set<BlobDigest>>([])

    /// Makes an empty pin; call under the shared lock.
    init(_ writer: StoreWriter, folder: String) throws(StoreError) {
        path = "\(folder)/\(TemporaryFile.freshName())"
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let number = unsafe open(path, flags, 0o644)
        guard number >= 0 else { throw .system(.last("make '\(path)'")) }
        file = FileDescriptor(owning: number)
        self.writer = writer
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.last("lock '\(path)'")
            // It must not stay as if its owner had died.
            _ = unsafe unlink(path)
            throw .system(error)
        }
        StoreCalls.hand(path, like: folder)
    }

    deinit {
        // Were it left behind, it would not be locked any more and count for nothing.
        _ = unsafe unlink(path)
    }

    /// Adds a blob, whether it is there already or not.
    ///
    /// - Parameter digest: The blob.
    /// - Throws: `StoreError` when the store is busy or cannot be written.
    package func hold(_ digest: BlobDigest) throws(StoreError) {
        try hold([digest])
    }

    /// Adds blobs, whether they are there already or not.
    ///
    /// - Parameter blobs: The blobs.
    /// - Throws: `StoreError` when the store is busy or cannot be written.
    package func hold(_ blobs: [BlobDigest]) throws(StoreError) {
        let fresh = digests.withLock { held in blobs.filter { !held.contains($0) } }
        guard !fresh.isEmpty else { return }
        try writer.locked(.shared) { () throws(StoreError) in
            let lines = fresh.flatMap { Array("\($0)\n".utf8) }
            let count = unsafe write(file.number, lines, lines.count)
            guard count == lines.count else { throw .system(.last("write '\(path)'")) }
        }
        digests.withLock { $0.formUnion(fresh) }
    }

    /// The digests in all pins whose owners live; removes other pins.
    ///
    /// Call under the exclusive lock.
    ///
    /// - Throws: `StoreError` when a pin cannot be read: nobody knows what it holds.
    static func held(in folder: String) throws(StoreError) -> Set<BlobDigest> {
        var held: Set<BlobDigest> = []
        for name in Files.names(in: folder) {
            let path = "\(folder)/\(name)"
            let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            if number < 0 {
                // Its owner has just let it go.
                if errno == ENOENT { continue }
                throw .system(.last("open '\(path)'"))
            }
            defer { close(number) }
            if flock(number, LOCK_SH | LOCK_NB) == 0 {
                _ = unsafe unlink(path)
                continue
            }
            let text = try StoreCalls.run { () throws(SystemError) in
                String(decoding: try Files.read(path), as: UTF8.self)
            }
            held.formUnion(text.split(separator: "\n").compactMap { BlobDigest(String($0)) })
        }
        return held
    }
}
