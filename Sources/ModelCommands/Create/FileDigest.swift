internal import Digests
internal import Glibc
internal import POSIX

/// The digest of a file, read piece by piece.
enum FileDigest {
    /// The digest and the size of a file; blocks while it reads.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - progress: Told how many bytes have been read.
    /// - Throws: `SystemError` when it cannot be read, `CancellationError`.
    static func of(
        _ path: String,
        progress: (Int) -> Void
    ) throws -> (digest: String, bytes: Int) {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError.last("open '\(path)'") }
        let file = FileDescriptor(owning: number)
        let hasher = SHA256Hasher()
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        var done = 0
        while true {
            let count = read(file.number, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError.last("read '\(path)'") }
            if count == 0 { break }
            chunk.withUnsafeBytes { bytes in
                hasher.update(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            }
            done += count
            progress(done)
            try Task.checkCancellation()
        }
        return ("sha256:\(hasher.finish())", done)
    }
}
