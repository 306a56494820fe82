internal import Digests
internal import POSIX

/// A blob that is in the store.
package struct StoredBlob: Sendable, Hashable {
    /// What it is called by.
    package let digest: BlobDigest
    /// Its bytes.
    package let size: Int
    /// Whether it was not there before.
    package let isNew: Bool
}

/// Writes one blob from pieces, such as the body of a request.
///
/// The blob is seen by others once `finish` has returned, never before. An object that is let go
/// without leaves nothing behind.
///
/// Not for several threads at once.
package final class BlobWriter {
    private let writer: StoreWriter
    private let expected: BlobDigest?
    private let announced: Int?
    private let hasher = SHA256Hasher()
    private var file: TemporaryFile?
    /// Bytes that were written.
    package private(set) var size = 0

    /// Begins a blob.
    ///
    /// - Parameters:
    ///   - writer: The store.
    ///   - expected: Its digest, where it is known.
    ///   - size: Its bytes, where they are known; then their room is checked for now, otherwise
    ///     that for the reserve.
    /// - Throws: `StoreError`: `.noSpace`, `.busy`, or `.system` when nothing can be written there.
    package init(
        _ writer: StoreWriter,
        expecting expected: BlobDigest? = nil,
        size: Int? = nil
    ) throws(StoreError) {
        try writer.prepare()
        try writer.checkSpace(for: size)
        self.writer = writer
        self.expected = expected
        announced = size
        file = try writer.temporaryFile()
    }

    /// Appends bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `StoreError`; nothing can be appended any more then.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        guard let file else { throw .cancelled }
        let (total, isBeyond) = size.addingReportingOverflow(bytes.count)
        if let announced, isBeyond || total > announced {
            cancel()
            throw .sizeMismatch(expected: announced, found: total)
        }
        do throws(StoreError) {
            unsafe try file.write(bytes)
        } catch {
            cancel()
            throw error
        }
        unsafe hasher.update(bytes)
        size = total
    }

    /// Appends bytes.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `StoreError`; nothing can be appended any more then.
    package func write(_ bytes: [UInt8]) throws(StoreError) {
        // A closure of the library loses the error's type.
        let result = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in unsafe try write(bytes) }
        }
        try result.get()
    }

    /// Gives the blob its name.
    ///
    /// One that is there already with as many bytes is left as it is.
    ///
    /// - Returns: The blob.
    /// - Throws: `StoreError`: `.digestMismatch` or `.sizeMismatch` when it is not what was
    ///   announced, `.system`. Nothing is left behind then.
    package func finish() throws(StoreError) -> StoredBlob {
        guard let file else { throw .cancelled }
        self.file = nil
        if let announced, announced != size {
            throw .sizeMismatch(expected: announced, found: size)
        }
        return try writer.publish(file, hasher.finish(), size: size, expected)
    }

    /// Lets go of what was written; doing so twice is fine.
    package func cancel() {
        file = nil
    }
}

extension StoreWriter {
    /// Writes a small blob in one go.
    ///
    /// - Parameter bytes: Its content.
    /// - Throws: `StoreError` when it cannot be written.
    package func writeBlob(_ bytes: [UInt8]) throws(StoreError) -> StoredBlob {
        let blob = try BlobWriter(self, size: bytes.count)
        try blob.write(bytes)
        return try blob.finish()
    }

    /// The bytes of a blob; nil when there is none.
    ///
    /// - Parameter digest: The blob.
    package func size(of digest: BlobDigest) -> Int? {
        FileVersion.current(of: store.path(of: digest))?.size
    }

    /// Gives a complete temporary file its name as a blob.
    func publish(
        _ file: TemporaryFile,
        _ found: SHA256Digest,
        size: Int,
        _ expected: BlobDigest?
    ) throws(StoreError) -> StoredBlob {
        let digest = BlobDigest(found)
        if let expected, expected != digest {
            throw .digestMismatch(expected: expected, found: digest)
        }
        if self.size(of: digest) == size {
            return StoredBlob(digest: digest, size: size, isNew: false)
        }
        try file.publish(as: "\(blobFolder)/sha256-\(digest.hexadecimal)")
        return StoredBlob(digest: digest, size: size, isNew: true)
    }
}
