internal import Glibc

/// How large a terminal's window is.
package enum WindowSize {
    /// Columns that are taken where nobody knows.
    private static let usualColumns = 80

    /// Columns of the window that a descriptor writes to; 80 where nobody knows, or it is no terminal.
    ///
    /// - Parameter descriptor: The descriptor.
    package static func columns(of descriptor: CInt) -> Int {
        var size = winsize()
        let isKnown = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : usualColumns
    }
}
