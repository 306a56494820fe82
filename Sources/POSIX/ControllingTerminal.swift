internal import Glibc

/// Which process group a terminal's keys and input are for.
package enum ControllingTerminal {
    /// Gives the terminal on standard input, if it is one, to a process group.
    ///
    /// - Parameter group: The group; this process's own to take it back.
    /// - Returns: Whether there is a terminal and it is that group's now.
    @discardableResult
    package static func give(to group: Int32) -> Bool {
        guard isatty(0) == 1 else { return false }
        // Whoever is in the background and changes that is stopped, unless it blocks this signal.
        var stop = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&stop)
        unsafe sigaddset(&stop, SIGTTOU)
        unsafe pthread_sigmask(SIG_BLOCK, &stop, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        return tcsetpgrp(0, group) == 0
    }

    /// Takes the terminal on standard input back for this process.
    package static func takeBack() {
        give(to: getpgrp())
    }
}
