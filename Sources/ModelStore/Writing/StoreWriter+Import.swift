internal import Digests
internal import Glibc
internal import POSIX

extension StoreWriter {
    /// How the content of a file may come into the store.
    package enum Way: Sendable, Hashable {
        /// Sharing the file's blocks until one of the two is written: takes no room. Some file
        /// systems can (Btrfs, XFS).
        case clone
        /// As a second name of the same file: takes no room, but who writes into the file later
        /// breaks the blob, which `verify` tells. Not done with files that others than their owner
        /// or the store's may write (`LinkObstacle`).
        case link
        /// As a copy.
        case copy
    }

    /// A file that became a blob.
    package struct Imported: Sendable, Hashable {
        /// The blob.
        package let blob: StoredBlob
        /// How it came in; for blobs that were there already, how it would have.
        package let way: Way
    }

    /// Bytes that are read at once.
    private static let chunk = 1 << 20

    /// Makes a blob of a file that is outside the store, or inside under another name.
    ///
    /// - Parameters:
    ///   - path: The file; links are followed.
    ///   - expected: Its digest, where it is known.
    ///   - ways: What is allowed; the first that works is taken, in the order clone, link, copy.
    ///   - progress: Called after each MiB that was read.
    /// - Throws: `StoreError`: `.changed` when the file was written meanwhile, `.noSpace` when a
    ///   copy does not fit, `.digestMismatch`, `.cancelled`, `.system`. Nothing is left behind
    ///   then.
    package func importBlob(
        from path: String,
        expecting expected: BlobDigest? = nil,
        ways: Set<Way> = [.clone, .link, .copy],
        progress: Progress = { _, _ in true }
    ) throws(StoreError) -> Imported {
        let file = try BlobImport(self, from: path, ways: ways, progress: progress)
        return Imported(blob: try file.publish(expecting: expected), way: file.way)
    }

    /// Takes blobs away again that somebody has put in, save those that a model or another program
    /// needs by now.
    ///
    /// - Parameter blobs: The blobs; those that are not there are fine.
    /// - Returns: What went, and why the rest was left.
    /// - Throws: `StoreError`: `.busy`, `.system`.
    package func withdraw(_ blobs: Set<BlobDigest>) throws(StoreError) -> Removal {
        guard !blobs.isEmpty else { return Removal() }
        return try locked(.exclusive) { remove(blobs) }
    }

    /// Brings a blob here that may be in another store alone.
    ///
    /// - Throws: `StoreError`: `.missingBlob` when it is in neither, or as `importBlob`.
    func bring(_ digest: BlobDigest, of other: ModelStore) throws(StoreError) {
        guard size(of: digest) == nil else { return }
        let path = other.path(of: digest)
        guard other !== store, FileVersion.current(of: path) != nil else {
            throw .missingBlob(digest)
        }
        _ = try importBlob(from: path, expecting: digest)
    }

    /// Makes a blob of a file that was written into the folder of blobs under another name, such as
    /// a download; the file is gone afterwards.
    ///
    /// - Parameters:
    ///   - name: The file's name in the folder.
    ///   - digest: What it must be.
    ///   - progress: Called after each MiB that was read.
    /// - Throws: `StoreError`: `.digestMismatch`, and the file is removed then, for it is of no
    ///   use; `.cancelled` and `.system`, after which it is still there.
    package func adoptBlob(
        named name: String,
        as digest: BlobDigest,
        progress: Progress = { _, _ in true }
    ) throws(StoreError) -> StoredBlob {
        precondition(!name.contains("/"), "the file lies in the folder itself")
        let path = "\(blobFolder)/\(name)"
        let source = try StoreCalls.run { () throws(SystemError) in try FileVersion.open(path) }
        let found = BlobDigest(try read(source.file.number, path, source.version.size, progress))
        guard found == digest else {
            try StoreCalls.remove(path)
            throw .digestMismatch(expected: digest, found: found)
        }
        let isNew = size(of: digest) != source.version.size
        if isNew {
            guard fsync(source.file.number) == 0 else { throw .system(.last("write '\(path)'")) }
            let target = "\(blobFolder)/sha256-\(digest.hexadecimal)"
            guard unsafe rename(path, target) == 0 else {
                throw .system(.last("write '\(target)'"))
            }
            StoreCalls.syncFolder(blobFolder)
        } else {
            try StoreCalls.remove(path)
        }
        return StoredBlob(digest: digest, size: source.version.size, isNew: isNew)
    }

    /// The digest of a blob's content as it is now.
    func digest(of blob: BlobDigest, _ progress: Progress) throws(StoreError) -> BlobDigest {
        let path = store.path(of: blob)
        let source = try StoreCalls.run { () throws(SystemError) in try FileVersion.open(path) }
        return BlobDigest(try read(source.file.number, path, source.version.size, progress))
    }

    /// Gives a temporary file that somebody else has written its name as a blob.
    func publish(_ file: TemporaryFile, progress: Progress) throws(StoreError) -> StoredBlob {
        guard let size = FileVersion.current(of: file.path)?.size else {
            throw .changed(path: file.path)
        }
        let digest = try read(file.number, file.path, size, progress)
        return try publish(file, digest, size: size, nil)
    }

    /// Makes what will be a blob: a clone or a second name of a file, or an empty copy.
    func begin(
        _ source: FileVersion.Opened,
        _ path: String,
        _ ways: Set<Way>
    ) throws(StoreError) -> (TemporaryFile, Way) {
        var reason = "the store's file system does not share blocks between files"
        if ways.contains(.clone) {
            let file = try temporaryFile()
            if file.clone(source.file.number) { return (file, .clone) }
        }
        if ways.contains(.link) {
            do throws(LinkObstacle) {
                return (try link(source.file.number), .link)
            } catch {
                if case .kernel(.system(let error)) = error, error.code == StoreCode.full {
                    throw .system(error)
                }
                reason = "\(error)"
            }
        }
        guard ways.contains(.copy) else {
            throw .refused("'\(path)' cannot be used in place: \(reason)")
        }
        try checkSpace(for: source.version.size)
        return (try temporaryFile(), .copy)
    }

    private func link(_ source: CInt) throws(LinkObstacle) -> TemporaryFile {
        if let obstacle = LinkObstacle(of: source, in: blobFolder) { throw obstacle }
        do throws(StoreError) {
            return try locked(.shared) { () throws(StoreError) in
                try TemporaryFile(in: blobFolder, linking: source)
            }
        } catch {
            throw error.code == StoreCode.otherFileSystem ? .otherFileSystem : .kernel(error)
        }
    }

    /// Reads a whole file from its start, and writes it where it shall be copied.
    func read(
        _ file: CInt,
        _ path: String,
        _ size: Int,
        _ progress: Progress,
        to copy: TemporaryFile? = nil
    ) throws(StoreError) -> SHA256Digest {
        let hasher = SHA256Hasher()
        var chunk = [UInt8](repeating: 0, count: Self.chunk)
        var done = 0
        while done < size {
            let wanted = min(chunk.count, size - done)
            let count = unsafe pread(file, &chunk, wanted, off_t(done))
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(.last("read '\(path)'"))
            }
            if count == 0 { throw .changed(path: path) }
            let result = unsafe chunk.withUnsafeBytes { bytes in
                Result { () throws(StoreError) in
                    let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<count])
                    unsafe hasher.update(part)
                    unsafe try copy?.write(part)
                }
            }
            try result.get()
            done += count
            guard progress(done, size) else { throw .cancelled }
        }
        return hasher.finish()
    }
}
