internal import CLinux
internal import Glibc

/// Tells that the terminal's window has another size.
///
/// The signal for it must have been blocked before there was a second thread
/// (`Signals.block(holdingWindowChanges: true)`); elsewhere it never comes here.
package struct WindowChanges: Sendable {
    private let box: FileDescriptorBox

    /// A descriptor that is readable once the window has changed.
    package var number: CInt { box.number }

    /// Begins to watch.
    ///
    /// - Throws: `SystemError` when the process has no descriptor left.
    package init() throws(SystemError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGWINCH)
        let number = unsafe signalfd(-1, &set, CInt(SFD_CLOEXEC | SFD_NONBLOCK))
        guard number >= 0 else { throw .last("watch the window's size") }
        box = FileDescriptorBox(owning: number)
    }

    /// Takes note of every change up to now, so that only later ones are told.
    package func take() {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while unsafe read(box.number, &info, size) == size {}
    }
}
