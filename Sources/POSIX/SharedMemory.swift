internal import CLinux
internal import Glibc

/// A sealed memory file that two processes keep mapped: what tensors and pictures travel in.
///
/// The size is fixed for ever by seals, so no peer can make a mapped page vanish. Contents are not
/// protected: both sides may write at any time, so validate after copying, never before.
@safe
package final class SharedMemory: @unchecked Sendable {
    // Unchecked: the pointer and the descriptor are constant after init; who may write when is the
    // protocol's business.

    /// Most bytes that one buffer may have: 1 GiB.
    package static let maximumSize = 1 << 30

    /// The mapped bytes; valid while this object lives.
    package let bytes: UnsafeMutableRawBufferPointer
    /// The memory file, to be passed to the other process once.
    package let descriptor: FileDescriptorBox

    /// Makes a new buffer, zeroed.
    ///
    /// - Parameters:
    ///   - size: Bytes, 1 to `maximumSize`; rounded up to whole pages.
    ///   - name: Shown in `/proc`.
    /// - Throws: `SystemError` when the size is out of range or memory is short.
    package init(size: Int, name: String = "baton") throws(SystemError) {
        let page = Int(getpagesize())
        guard size > 0, size <= Self.maximumSize else {
            throw SystemError(code: EINVAL, operation: "make a shared buffer of \(size) bytes")
        }
        let whole = (size + page - 1) / page * page
        let number = unsafe linux_memfd_create(name)
        guard number >= 0 else { throw .last("make a shared buffer") }
        descriptor = FileDescriptorBox(owning: number)
        guard ftruncate(number, off_t(whole)) == 0, linux_memfd_seal(number) == 0 else {
            throw .last("size a shared buffer")
        }
        unsafe bytes = try Self.map(number, count: whole)
    }

    /// Maps a buffer that a peer passed, after checking that it can never shrink.
    ///
    /// - Parameters:
    ///   - descriptor: What the peer sent.
    ///   - size: How many bytes the peer says it has; the file must have at least as many.
    /// - Throws: `SystemError` with `EPERM` when seals are missing, `EINVAL` when the size is wrong.
    package init(received descriptor: FileDescriptorBox, size: Int) throws(SystemError) {
        let number = descriptor.number
        let required = linux_memfd_required_seals()
        let seals = linux_memfd_seals(number)
        guard seals >= 0, seals & required == required else {
            throw SystemError(code: EPERM, operation: "accept a buffer that is not sealed")
        }
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw .last("examine a shared buffer") }
        guard size > 0, size <= Self.maximumSize, Int(status.st_size) >= size else {
            throw SystemError(code: EINVAL, operation: "accept a buffer of \(size) bytes")
        }
        self.descriptor = descriptor
        // Only what was announced: the sender's limits are counted in those bytes.
        unsafe bytes = try Self.map(number, count: size)
    }

    deinit {
        unsafe munmap(bytes.baseAddress, bytes.count)
    }

    /// How many bytes are mapped.
    package var count: Int { unsafe bytes.count }

    private static func map(
        _ number: CInt,
        count: Int
    ) throws(SystemError) -> UnsafeMutableRawBufferPointer {
        let address = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, number, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw .last("map a shared buffer of \(count) bytes")
        }
        return unsafe UnsafeMutableRawBufferPointer(start: address, count: count)
    }
}
