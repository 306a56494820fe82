internal import CLinux
internal import Glibc
internal import POSIX

/// The running clock of this process; any thread may look.
final class HeldClock: Sendable {
    private let clock = Guarded(RunningClock(now: .now))
    private let signals: FileDescriptorBox

    /// Blocks SIGCONT for this thread and those that it starts, and counts it from now on.
    ///
    /// Call first in `main`, before any thread: a blocked SIGCONT still continues the process, but
    /// stays pending until it is read here, so it is seen before anything that runs after it.
    ///
    /// - Throws: `SystemError` when the process has no descriptor left.
    init() throws(SystemError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGCONT)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        let number = unsafe signalfd(-1, &set, CInt(SFD_CLOEXEC | SFD_NONBLOCK))
        guard number >= 0 else { throw .last("receive signals") }
        signals = FileDescriptorBox(owning: number)
    }

    /// Nanoseconds since an arbitrary start, stopped time excluded.
    var now: Int64 {
        clock.withLock { clock in
            // Read under the lock: whoever learns of the stop also books it.
            let wasStopped = takeContinuation()
            return clock.look(at: .now, wasStopped: wasStopped)
        }
    }

    private func takeContinuation() -> Bool {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        return unsafe read(signals.number, &info, size) == size
    }
}
