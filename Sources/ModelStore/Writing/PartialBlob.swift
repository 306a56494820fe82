internal import Glibc
internal import POSIX

/// A blob that is being downloaded, block by block in any order, and goes on after an interruption.
///
/// DESIGN. The content lies in `sha256-<digest>-partial`, which has its full length from the start
/// and is locked with `flock` by who downloads. Beside it `…-partial.state` says which blocks are
/// there: a line with the blob's size, then a byte for each block, written when the block is. The
/// name ends so because Ollama takes `…-partial-*` for its own notes.
///
/// A killed process loses what it had of unfinished blocks. After a power cut the notes may be ahead
/// of the content; then the digest does not fit, which whoever downloads finds out before `finish`.
/// Nobody takes either file for a blob; a collection takes them away when they are old.
///
/// Writing, marking and reading may come from several threads at once.
package final class PartialBlob: Sendable {
    /// Bytes of a block; so small that all that are in the air together are less than one part.
    package static let blockSize = 512 << 10
    private static let there = UInt8(ascii: "#")
    private static let missing = UInt8(ascii: ".")

    /// What the blob is called by.
    package let digest: BlobDigest
    /// Bytes of the whole blob.
    package let size: Int
    /// Bytes that an earlier download left.
    package let resumedBytes: Int

    private let writer: StoreWriter
    private let path: String
    private let file: FileDescriptorBox
    private let notes: FileDescriptorBox
    private let header: [UInt8]
    private let blocks: Guarded<[Bool]>

    private var notesPath: String { "\(path).state" }

    /// Opens what is there of a blob, or begins it.
    ///
    /// - Parameters:
    ///   - writer: The store.
    ///   - digest: The blob.
    ///   - size: Its bytes.
    /// - Throws: `StoreError`: `.busy` when another program downloads it, `.noSpace` when the rest
    ///   of it does not fit, `.system`.
    package init(
        _ writer: StoreWriter,
        _ digest: BlobDigest,
        size: Int
    ) throws(StoreError) {
        try writer.prepare()
        let path = "\(writer.blobFolder)/sha256-\(digest.hexadecimal)-partial"
        let header = Array("baton-partial \(size) \(Self.blockSize)\n".utf8)
        let count = (size + Self.blockSize - 1) / Self.blockSize
        let file = try Self.open(path, writer)
        let notes = try Self.open("\(path).state", writer, locks: false)
        var blocks = Self.readNotes(notes, header, count)
        // Notes without their content say nothing.
        if Files.size(path) != size { blocks = nil }
        let known = blocks ?? Array(repeating: false, count: count)
        let bytes = Self.bytes(known, size)
        try writer.checkSpace(for: size - bytes)
        self.writer = writer
        self.digest = digest
        self.size = size
        self.path = path
        self.header = header
        self.file = file
        self.notes = notes
        resumedBytes = bytes
        self.blocks = Guarded(known)
        if blocks == nil { try restart() }
    }

    deinit {
        // Said to the kernel, because a child that has not come to its program yet has the file too.
        _ = flock(file.number, LOCK_UN)
    }

    // MARK: Blocks

    /// The number of blocks.
    package var count: Int { blocks.withLock { $0.count } }

    /// Bytes that are there.
    package var bytes: Int { blocks.withLock { Self.bytes($0, size) } }

    /// Where bytes are missing, in order.
    package var missingRanges: [Range<Int>] {
        blocks.withLock { blocks in
            var ranges: [Range<Int>] = []
            for (index, isThere) in blocks.enumerated() where !isThere {
                let start = index * Self.blockSize
                let end = min(start + Self.blockSize, size)
                if ranges.last?.upperBound == start {
                    ranges[ranges.count - 1] = ranges[ranges.count - 1].lowerBound..<end
                } else {
                    ranges.append(start..<end)
                }
            }
            return ranges
        }
    }

    /// How far everything is there from an offset on.
    ///
    /// - Parameter offset: Where a block begins, or the size.
    package func end(ofBytesFrom offset: Int) -> Int {
        blocks.withLock { blocks in
            var index = offset / Self.blockSize
            while index < blocks.count, blocks[index] { index += 1 }
            return offset >= size ? size : min(index * Self.blockSize, size)
        }
    }

    /// Writes bytes; they count once their block is marked.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - offset: Where they belong; they must not reach beyond the size.
    /// - Throws: `StoreError` `.system`, such as when the disk is full.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StoreError) {
        precondition(offset >= 0 && offset + bytes.count <= size, "a blob keeps to its size")
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            let place = off_t(offset + done)
            let count = unsafe pwrite(file.number, rest.baseAddress, rest.count, place)
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw .system(.last("write '\(path)'"))
            }
        }
    }

    /// Notes that a block is there.
    ///
    /// - Parameter index: The block.
    /// - Throws: `StoreError` `.system`.
    package func mark(_ index: Int) throws(StoreError) {
        var byte = Self.there
        guard unsafe pwrite(notes.number, &byte, 1, off_t(header.count + index)) == 1 else {
            throw .system(.last("write '\(notesPath)'"))
        }
        blocks.withLock { $0[index] = true }
    }

    /// Reads bytes that are there.
    ///
    /// - Parameters:
    ///   - room: Where they go.
    ///   - offset: Where they lie.
    /// - Returns: How many were read; at least one.
    /// - Throws: `StoreError` `.system`; `.changed` when the file was cut by somebody.
    package func read(
        into room: UnsafeMutableRawBufferPointer,
        at offset: Int
    ) throws(StoreError) -> Int {
        while true {
            let count = unsafe pread(file.number, room.baseAddress, room.count, off_t(offset))
            if count > 0 { return count }
            guard count < 0 else { throw .changed(path: path) }
            guard errno == EINTR else { throw .system(.last("read '\(path)'")) }
        }
    }

    // MARK: Ending

    /// Forgets everything that is there.
    ///
    /// - Throws: `StoreError` `.system`.
    package func restart() throws(StoreError) {
        let count = self.count
        let text = header + [UInt8](repeating: Self.missing, count: count)
        guard ftruncate(notes.number, 0) == 0,
            unsafe pwrite(notes.number, text, text.count, 0) == text.count
        else { throw .system(.last("write '\(notesPath)'")) }
        blocks.withLock { $0 = Array(repeating: false, count: count) }
        guard ftruncate(file.number, 0) == 0, ftruncate(file.number, off_t(size)) == 0 else {
            throw .system(.last("write '\(path)'"))
        }
    }

    /// Makes it a blob, once its content is safe on the disk.
    ///
    /// - Parameter found: The digest of what is there.
    /// - Throws: `StoreError`: `.digestMismatch` when that is another; `.system`.
    package func finish(_ found: BlobDigest) throws(StoreError) {
        guard found == digest else { throw .digestMismatch(expected: digest, found: found) }
        guard fsync(file.number) == 0 else { throw .system(.last("write '\(path)'")) }
        let target = "\(writer.blobFolder)/sha256-\(digest.hexadecimal)"
        guard unsafe rename(path, target) == 0 else { throw .system(.last("write '\(target)'")) }
        try StoreCalls.remove(notesPath)
        StoreCalls.syncFolder(writer.blobFolder)
    }

    /// Takes both files away.
    ///
    /// - Throws: `StoreError` `.system`.
    package func discard() throws(StoreError) {
        try StoreCalls.remove(notesPath)
        try StoreCalls.remove(path)
    }

    // MARK: Files

    private static func open(
        _ path: String,
        _ writer: StoreWriter,
        locks: Bool = true
    ) throws(StoreError) -> FileDescriptorBox {
        let start = MonotonicTime.now
        while true {
            let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
            let number = unsafe Glibc.open(path, flags, 0o644)
            guard number >= 0 else { throw .system(.last("open '\(path)'")) }
            let file = FileDescriptorBox(owning: number)
            StoreCalls.hand(path, like: writer.blobFolder)
            guard locks else { return file }
            if flock(number, LOCK_EX | LOCK_NB) == 0 {
                if isSame(number, path) { return file }
                // Its last owner has just made a blob of it.
                continue
            }
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw .system(.last("lock '\(path)'"))
            }
            let waited = MonotonicTime.now - start
            guard waited < writer.settings.patience else {
                throw .busy(path: path, holders: LockHolders.of(number), waited: waited)
            }
            usleep(20_000)
        }
    }

    /// Whether a path still names an open file.
    private static func isSame(_ number: CInt, _ path: String) -> Bool {
        var (open, named) = (stat(), stat())
        return unsafe fstat(number, &open) == 0 && lstat(path, &named) == 0
            && open.st_ino == named.st_ino && open.st_dev == named.st_dev
    }

    /// Which blocks are there by the notes; nil when they are of something else.
    private static func readNotes(
        _ notes: FileDescriptorBox,
        _ header: [UInt8],
        _ count: Int
    ) -> [Bool]? {
        var text = [UInt8](repeating: 0, count: header.count + count + 1)
        let found = unsafe pread(notes.number, &text, text.count, 0)
        guard found == header.count + count, text.starts(with: header) else { return nil }
        return text[header.count..<found].map { $0 == there }
    }

    private static func bytes(_ blocks: [Bool], _ size: Int) -> Int {
        let count = blocks.reduce(0) { $0 + ($1 ? 1 : 0) }
        let tail = blocks.count * blockSize - size
        return count * blockSize - (blocks.last == true ? tail : 0)
    }
}

extension StoreWriter {
    /// Makes sure, before anything is downloaded, that blobs fit, and the reserve with them.
    ///
    /// What is there of them counts.
    ///
    /// - Parameter blobs: The blobs and their bytes.
    /// - Throws: `StoreError` `.noSpace`.
    package func checkRoom(for blobs: [(digest: BlobDigest, size: Int)]) throws(StoreError) {
        var needed = 0
        for (digest, size) in blobs where self.size(of: digest) != size {
            let there = Self.allocatedBytes("\(blobFolder)/sha256-\(digest.hexadecimal)-partial")
            let (sum, isBeyond) = needed.addingReportingOverflow(max(0, size - there))
            needed = isBeyond ? .max : sum
        }
        guard needed > 0 else { return }
        try checkSpace(for: needed)
    }

    /// Takes away what there is of a download that nobody works at.
    ///
    /// - Parameter digest: The blob.
    /// - Throws: `StoreError` `.system`.
    package func discardPartial(_ digest: BlobDigest) throws(StoreError) {
        let path = "\(blobFolder)/sha256-\(digest.hexadecimal)-partial"
        guard !TemporaryFile.isInUse(path) else { return }
        try StoreCalls.remove("\(path).state")
        try StoreCalls.remove(path)
    }

    /// Bytes that a file takes on the disk; holes take none.
    private static func allocatedBytes(_ path: String) -> Int {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }
}

extension ModelStore {
    /// The bytes of a model's manifest, as they are; nil when there is no such model.
    ///
    /// - Parameter name: The model, in any case.
    /// - Throws: `StoreProblem` when they cannot be read.
    package func manifestBytes(of name: ModelName) throws(StoreProblem) -> [UInt8]? {
        guard let found = ManifestFolder(files).place(of: name) else { return nil }
        return try files.read(found.place, limit: StoreFiles.longestManifest)
    }
}
