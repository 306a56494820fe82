import DeviceProtocol
import EngineKit
import Glibc
import POSIX

/// Memory that is really there, as a model's weights would be.
@safe
final class Ballast: @unchecked Sendable {
    // Unchecked: the pointer is constant and nobody reads through it.
    private let memory: UnsafeMutableRawPointer?

    /// Allocates and touches memory.
    ///
    /// - Throws: `EngineError` with `loadFailed` when the kernel gives none.
    init(bytes: Int) throws(EngineError) {
        guard bytes > 0 else {
            unsafe memory = nil
            return
        }
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE
        let address = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            let reason = SystemError.reason(errno)
            throw EngineError(.loadFailed, "cannot take \(bytes) bytes of memory: \(reason)")
        }
        // Written to, or the kernel would lend the same page of zeros for all of it.
        unsafe memset(address, 0x5A, bytes)
        unsafe memory = address
    }
}
