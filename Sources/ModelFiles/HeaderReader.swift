internal import Glibc
internal import POSIX

/// Reads a file's header from front to back, stepping over what is of no use.
///
/// DESIGN. Model files have gigabytes and come from strangers. So:
/// 1. a length is compared with what is left of the file before anything is done with it;
/// 2. stepping over moves the position and reads nothing, so weights never come off the disk;
/// 3. what is read comes in chunks, `longestWalk` bytes of them at most, so a file made of tiny
///    pieces costs a bounded time.
/// Mapping the file was rejected: one that is cut while it is read would end the process.
final class HeaderReader {
    /// Bytes that are read at once; chosen: small beside what is stepped over between two pieces of
    /// use, large beside the price of a system call.
    static let chunkSize = 1 << 14
    /// Most bytes that are read of one file: 64 MiB; chosen, a vocabulary of 262,144 entries with
    /// its merges has 15.
    static let longestWalk = 64 << 20

    /// Bytes of the file.
    let size: Int
    /// Where the next byte is read, from the start of the file; never beyond `size`.
    private(set) var position = 0

    /// Nil when all there is was given as bytes.
    private let file: FileDescriptorBox?
    private var chunk: [UInt8]
    /// The part of the file that the chunk holds.
    private var held: Range<Int>
    private var walked = 0
    private let walkLimit: Int

    /// Opens a file of which no more than so many bytes will be read.
    init(path: String, walkLimit: Int = longestWalk) throws(HeaderError) {
        self.walkLimit = walkLimit
        do throws(SystemError) {
            let opened = try FileVersion.open(path)
            file = opened.file
            size = opened.version.size
        } catch {
            throw HeaderError(.unreadable(error), at: 0)
        }
        chunk = [UInt8](repeating: 0, count: Self.chunkSize)
        held = 0..<0
    }

    /// Reads bytes instead of a file.
    init(bytes: [UInt8]) {
        file = nil
        walkLimit = 0
        size = bytes.count
        chunk = bytes
        held = 0..<bytes.count
    }

    /// Bytes that are left.
    var remaining: Int { size - position }

    /// An error about what lies at the position.
    func error(_ problem: HeaderError.Problem) -> HeaderError {
        HeaderError(problem, at: position)
    }

    /// Demands that the file goes on for so many bytes.
    func require(_ count: Int) throws(HeaderError) {
        guard count <= remaining else { throw error(.endsEarly) }
    }

    /// Steps over bytes without reading them.
    func skip(_ count: Int) throws(HeaderError) {
        try require(count)
        position += count
    }

    /// The next byte.
    func byte() throws(HeaderError) -> UInt8 {
        if !held.contains(position) { try fetch() }
        let byte = chunk[position - held.lowerBound]
        position += 1
        return byte
    }

    /// An unsigned number of up to eight bytes, the lowest first.
    func littleEndian(_ count: Int) throws(HeaderError) -> UInt64 {
        try require(count)
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(try byte()) << UInt64(8 * index) }
        return value
    }

    /// An unsigned number of up to eight bytes, the highest first.
    func bigEndian(_ count: Int) throws(HeaderError) -> UInt64 {
        try require(count)
        var value: UInt64 = 0
        for _ in 0..<count { value = value << 8 | UInt64(try byte()) }
        return value
    }

    /// The next bytes.
    func bytes(_ count: Int) throws(HeaderError) -> [UInt8] {
        try require(count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            if !held.contains(position) { try fetch() }
            let end = min(held.upperBound, position + count - bytes.count)
            bytes += chunk[position - held.lowerBound..<end - held.lowerBound]
            position = end
        }
        return bytes
    }

    /// Fills the chunk from the position on.
    private func fetch() throws(HeaderError) {
        guard let file, position < size else { throw error(.endsEarly) }
        guard walked < walkLimit else { throw error(.tooLong(most: walkLimit)) }
        while true {
            let count = unsafe pread(file.number, &chunk, chunk.count, off_t(position))
            if count < 0 {
                if errno == EINTR { continue }
                throw error(.unreadable(.last("read a header")))
            }
            // Cut since it was opened.
            guard count > 0 else { throw error(.endsEarly) }
            held = position..<position + count
            walked += count
            return
        }
    }
}
