internal import Glibc

/// Which process group a terminal's keys and input are for.
package enum ControllingTerminal {
    /// Gives the terminal on standard input, if it is one and ours, to a process group.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - owner: Whose it must be now; nil for anybody's.
    /// - Returns: Whether there is a terminal and it is that group's now.
    @discardableResult
    package static func give(to group: Int32, from owner: Int32? = getpgrp()) -> Bool {
        // A program that was started in the background must not take it from the one in front.
        guard isatty(0) == 1, owner == nil || tcgetpgrp(0) == owner else { return false }
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
        give(to: getpgrp(), from: nil)
    }
}
