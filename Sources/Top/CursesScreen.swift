import CNCurses
import Glibc
import POSIX
import StatusText

/// The terminal while it is a screen of lines.
///
/// Used on the main thread only; curses has one terminal for a process.
@MainActor
struct CursesScreen: ~Copyable {
    /// What a person pressed.
    enum Key {
        case quit
        case up
        case down
        /// The screen has another size.
        case resize
        /// Nobody is there to press one.
        case end
    }

    private let screen: OpaquePointer

    /// Takes the terminal over; nil when it cannot be used as a screen.
    init?() {
        setlocale(LC_ALL, "")
        guard let screen = curses_open() else { return nil }
        self.screen = screen
        cbreak()
        noecho()
        keypad(curses_window(), true)
        curs_set(0)
        if has_colors() {
            start_color()
            use_default_colors()
            init_pair(1, Int16(COLOR_RED), -1)
        }
    }

    deinit {
        endwin()
        delscreen(screen)
    }

    var width: Int { Int(getmaxx(curses_window())) }
    var height: Int { Int(getmaxy(curses_window())) }

    /// Shows lines instead of what was there.
    func show(_ lines: [TopScreen.Line]) {
        werase(curses_window())
        for (row, line) in lines.enumerated() {
            wmove(curses_window(), Int32(row), 0)
            let look = look(of: line.style)
            wattr_on(curses_window(), look, nil)
            waddstr(curses_window(), line.text)
            wattr_off(curses_window(), look, nil)
        }
        wrefresh(curses_window())
    }

    /// Waits for a key that means something; nil when none comes in time.
    func key(within milliseconds: Int) -> Key? {
        let start = MonotonicTime.now
        wtimeout(curses_window(), Int32(milliseconds))
        let code = wgetch(curses_window())
        if code == curses_key_up || code == Int32(UInt8(ascii: "k")) { return .up }
        if code == curses_key_down || code == Int32(UInt8(ascii: "j")) { return .down }
        if code == curses_key_resize { return .resize }
        // Nothing before the time is over: the input has ended.
        let passed = MonotonicTime.now - start
        if code == ERR, passed < .milliseconds(Int64(milliseconds / 2)) { return .end }
        return code == Int32(UInt8(ascii: "q")) ? .quit : nil
    }

    private func look(of style: TopScreen.Style) -> attr_t {
        switch style {
        case .plain: 0
        case .summary: curses_bold
        case .title: curses_reverse
        case .warning: curses_bold | (has_colors() ? attr_t(COLOR_PAIR(1)) : 0)
        case .help: curses_dim
        }
    }
}
