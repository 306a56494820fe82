internal import CLinux

/// The thread that calls.
package enum CurrentThread {
    /// Nanoseconds of a short turn on the processor; the kernel's least.
    private static let slice: UInt64 = 100_000

    /// Asks the kernel for short turns, which come soon while others compute on every core.
    ///
    /// For threads that somebody waits for: the usual turns of 3 ms make a thread that wakes up wait
    /// for the end of somebody else's. A kernel before 6.12, or one that refuses, does what it always
    /// did. Repeated calls of a thread cost nothing.
    package static func takeShortTurns() {
        linux_thread_set_slice(slice)
    }
}
