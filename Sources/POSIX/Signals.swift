internal import CLinux
internal import Glibc

/// Signals as events on a loop instead of interruptions.
///
/// Blocked before any thread exists, then read from a descriptor: nothing is lost between start and
/// registration, and no Swift code runs inside a signal handler.
package enum Signals {
    /// The signals that Baton's programs act on.
    package enum Signal: Int32, Sendable {
        /// Reload files.
        case hangUp = 1
        /// Ctrl-C.
        case interrupt = 2
        /// The service manager's request to end.
        case terminate = 15
    }

    /// Blocks a process's signals and ignores SIGPIPE; call first in `main`, before any thread.
    ///
    /// - Parameters:
    ///   - ignoringTerminalStops: Also ignores SIGTSTP, SIGTTIN and SIGTTOU, so that Ctrl-Z cannot
    ///     freeze a program whose children would go on.
    ///   - ignoringClosedPipes: Whether SIGPIPE is ignored; otherwise a program whose reader has
    ///     gone ends.
    ///   - holdingWindowChanges: Whether SIGWINCH is kept for `WindowChanges`.
    package static func block(
        ignoringTerminalStops: Bool = false,
        ignoringClosedPipes: Bool = true,
        holdingWindowChanges: Bool = false
    ) {
        var set = sigset()
        if holdingWindowChanges { unsafe sigaddset(&set, SIGWINCH) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        if ignoringClosedPipes { Glibc.signal(SIGPIPE, SIG_IGN) }
        guard ignoringTerminalStops else { return }
        for stop in [SIGTSTP, SIGTTIN, SIGTTOU] { Glibc.signal(stop, SIG_IGN) }
    }

    /// Lets every signal reach this thread; for a program that another one becomes, because threads of
    /// Swift's pool block nearly all of them and the mask outlives `exec`.
    package static func unblockAll() {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe pthread_sigmask(SIG_SETMASK, &set, nil)
    }

    /// Delivers blocked signals to a handler on a loop.
    ///
    /// - Parameters:
    ///   - loop: Where the handler runs.
    ///   - handler: Called once a signal; equal signals that arrive together may be merged.
    /// - Throws: `SystemError` when the kernel refuses the descriptor.
    package static func deliver(
        on loop: EventLoop,
        to handler: @escaping @Sendable (Signal) -> Void
    ) throws(SystemError) {
        var set = sigset()
        let flags = CInt(SFD_CLOEXEC | SFD_NONBLOCK)
        let number = unsafe signalfd(-1, &set, flags)
        guard number >= 0 else { throw .last("receive signals") }
        let box = FileDescriptorBox(owning: number)
        // Watched for the life of the process, so the watch is not kept.
        _ = try loop.watch(number, for: .readable) { _ in
            var info = signalfd_siginfo()
            let size = MemoryLayout<signalfd_siginfo>.size
            while unsafe read(box.number, &info, size) == size {
                if let signal = Signal(rawValue: Int32(info.ssi_signo)) { handler(signal) }
            }
        }
    }

    private static func sigset() -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal: Signal in [.hangUp, .interrupt, .terminate] {
            unsafe sigaddset(&set, signal.rawValue)
        }
        return set
    }
}
