internal import Digests
internal import ModelStore
internal import POSIX

/// Digests a blob in order while its blocks come in, one thread behind those that write.
///
/// Reads what was just written, which is still in memory, and what an earlier download left, which
/// costs reading it once: no byte becomes part of a blob that was not digested.
final class DigestFollower: Sendable {
    /// Bytes that are read at once; they fit into a core's own cache.
    private static let pieceSize = 256 << 10

    private let partial: PartialBlob
    private let news = Semaphore()
    private let isOver = Guarded(false)

    init(_ partial: PartialBlob) {
        self.partial = partial
    }

    /// More blocks are there.
    func notice() { news.post() }

    /// Ends the digesting without a digest.
    func cancel() {
        isOver.withLock { $0 = true }
        news.post()
    }

    /// Digests everything; blocks.
    ///
    /// - Returns: The digest; nil when it was called off.
    /// - Throws: `StoreError` when the file cannot be read.
    func run() throws(StoreError) -> BlobDigest? {
        let hasher = SHA256Hasher()
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.pieceSize,
            alignment: 64
        )
        defer { unsafe room.deallocate() }
        var position = 0
        while position < partial.size {
            let end = partial.end(ofBytesFrom: position)
            while position < end {
                if isOver.withLock({ $0 }) { return nil }
                let wanted = min(Self.pieceSize, end - position)
                let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<wanted])
                let count = unsafe try partial.read(into: piece, at: position)
                unsafe hasher.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
                position += count
            }
            if isOver.withLock({ $0 }) { return nil }
            if position < partial.size { news.wait() }
        }
        return BlobDigest("sha256:\(hasher.finish())")
    }
}
