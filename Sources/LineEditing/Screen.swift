internal import Glibc
internal import POSIX

/// The terminal on standard input and output.
enum Screen {
    /// What there is to act on.
    enum Event {
        case input
        /// The window has another size.
        case resized
    }

    /// Makes the terminal put marks around what is pasted, or no longer.
    static func markPastes(_ areMarked: Bool) {
        write(areMarked ? "\u{1B}[?2004h" : "\u{1B}[?2004l")
    }

    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes[offset...].withUnsafeBytes {
                unsafe Glibc.write(1, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            // The screen alone suffers when the terminal is gone.
            guard count > 0 else { return }
            offset += count
        }
    }

    /// Columns of the window; 80 when nobody knows.
    static var columns: Int { WindowSize.columns(of: 1) }

    /// Waits until somebody types or changes the window.
    static func wait(_ changes: WindowChanges) -> Event {
        var looks = [
            pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
            pollfd(fd: changes.number, events: Int16(POLLIN), revents: 0),
        ]
        repeat {} while unsafe poll(&looks, 2, -1) < 0 && errno == EINTR
        guard looks[1].revents != 0 else { return .input }
        changes.take()
        return .resized
    }

    /// Whether there is something to read within some milliseconds.
    static func hasInput(within pause: CInt) -> Bool {
        var look = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&look, 1, pause) > 0
    }

    /// What was typed; nil when the terminal is gone.
    static func read() -> ArraySlice<UInt8>? {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe Glibc.read(0, &chunk, chunk.count)
            if count > 0 { return chunk[..<count] }
            guard count < 0, errno == EINTR else { return nil }
        }
    }

    // MARK: Its settings

    /// How the terminal treats what is typed, now.
    static var settings: termios? {
        var state = termios()
        return unsafe tcgetattr(0, &state) == 0 ? state : nil
    }

    /// Puts settings back.
    static func restore(_ settings: termios?) {
        guard var settings else { return }
        _ = unsafe tcsetattr(0, TCSANOW, &settings)
    }

    /// Undoes what programs that fill the screen do to it, for one that could not do so itself: shows
    /// the usual screen, its cursor and colours; keys and mouse are as usual.
    static func reset() {
        write("\u{1B}[?1047l\u{1B}[?25h\u{1B}[0m\u{1B}[?1l\u{1B}>")
        write("\u{1B}[?1000l\u{1B}[?1002l\u{1B}[?1003l\u{1B}[?1006l\u{1B}[?1004l\r\n")
        markPastes(false)
    }
}
