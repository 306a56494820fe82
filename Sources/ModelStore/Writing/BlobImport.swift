internal import Digests
internal import POSIX

/// A file outside the store that is about to become a blob: read as a whole, and not seen by others.
///
/// So its digest is known before anything is there, and whoever imports can ask first whether it is
/// wanted. An object that is let go without `publish` leaves nothing behind.
///
/// Not for several threads at once.
package final class BlobImport {
    /// What the blob will be called by.
    package let digest: BlobDigest
    /// Its bytes.
    package let size: Int
    /// How it comes in.
    package let way: StoreWriter.Way

    private let writer: StoreWriter
    private let path: String
    private let version: FileVersion
    private let found: SHA256Digest
    private var file: TemporaryFile?

    /// Reads a file; blocks meanwhile.
    ///
    /// - Parameters:
    ///   - writer: The store.
    ///   - path: The file; links are followed.
    ///   - ways: What is allowed; the first that works is taken, in the order clone, link, copy.
    ///   - progress: Called after each MiB that was read.
    /// - Throws: `StoreError`: `.refused` when no way works, before anything was read; `.changed`
    ///   when the file was written meanwhile, `.noSpace` when a copy does not fit, `.cancelled`,
    ///   `.system`.
    package init(
        _ writer: StoreWriter,
        from path: String,
        ways: Set<StoreWriter.Way>,
        progress: StoreWriter.Progress = { _, _ in true }
    ) throws(StoreError) {
        try writer.prepare()
        let source = try StoreCalls.run { () throws(SystemError) in try FileVersion.open(path) }
        let (file, way) = try writer.begin(source, path, ways)
        // A clone is the file at the moment of cloning, which may have grown since it was opened.
        let own = way == .clone ? FileVersion.current(of: file.path) : nil
        let bytes = own?.size ?? source.version.size
        found =
            way == .copy
            ? try writer.read(source.file.number, path, bytes, progress, to: file)
            : try writer.read(file.number, path, bytes, progress)
        digest = BlobDigest(found)
        size = bytes
        version = source.version
        self.writer = writer
        self.path = path
        self.file = file
        self.way = way
        try checkVersion()
    }

    /// Lets others see the blob; once.
    ///
    /// One that is there already with as many bytes is left as it is.
    ///
    /// - Parameter expected: What its digest must be, where that is known.
    /// - Returns: The blob.
    /// - Throws: `StoreError`: `.changed` when the file was written since it was read,
    ///   `.digestMismatch`, `.cancelled` when it was published before, `.system`. Nothing is left
    ///   behind then.
    package func publish(expecting expected: BlobDigest? = nil) throws(StoreError) -> StoredBlob {
        guard let file else { throw .cancelled }
        self.file = nil
        try checkVersion()
        return try writer.publish(file, found, size: size, expected)
    }

    /// A clone is on its own; all others may have changed.
    private func checkVersion() throws(StoreError) {
        guard way != .clone, FileVersion.current(of: path) != version else { return }
        throw .changed(path: path)
    }
}
