internal import CLinux
internal import Glibc

/// An open file that is closed when its owner's life ends.
///
/// Never shared: a component that must hand a descriptor to two owners duplicates it first.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The kernel's number; valid only while this value lives.
    package let number: CInt

    /// Takes ownership of a number.
    ///
    /// - Parameter number: An open descriptor that nobody else closes.
    /// - Precondition: `number` is not negative.
    package init(owning number: CInt) {
        precondition(number >= 0, "a descriptor is never negative")
        self.number = number
    }

    deinit {
        // The result is useless: on Linux the descriptor is gone even after an error.
        _ = Glibc.close(number)
    }

    /// Gives the number up without closing it.
    ///
    /// - Returns: The number, now the caller's to close.
    package consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }

    /// A second, independent owner of the same open file, closed on exec.
    ///
    /// - Throws: `SystemError` when the process has no descriptor left.
    package borrowing func duplicate() throws(SystemError) -> FileDescriptor {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw .last("duplicate a descriptor") }
        return FileDescriptor(owning: copy)
    }

    /// Makes reads and writes return `EAGAIN` instead of waiting, or wait again.
    ///
    /// - Parameter enabled: Whether calls return at once.
    /// - Throws: `SystemError` when the kernel refuses.
    package borrowing func setNonblocking(_ enabled: Bool) throws(SystemError) {
        guard linux_set_nonblocking(number, enabled ? 1 : 0) == 0 else {
            throw .last("set a descriptor's blocking mode")
        }
    }
}
