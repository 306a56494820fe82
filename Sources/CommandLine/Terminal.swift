internal import Glibc
internal import POSIX

/// What standard output can show.
package struct Terminal: Sendable, Hashable {
    /// How text can stand out.
    package enum Style: Int, Sendable {
        case bold = 1
        case dim = 2
        case red = 31
        case green = 32
        case yellow = 33
        case cyan = 36
    }

    /// Whether a person looks at it.
    package let isInteractive: Bool
    /// Columns; 80 when nobody knows.
    package let width: Int
    /// Whether colours are wanted: on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    package let hasColours: Bool

    /// Describes a terminal.
    ///
    /// - Parameters:
    ///   - isInteractive: Whether a person looks at it.
    ///   - width: Columns.
    ///   - hasColours: Whether colours are wanted.
    package init(isInteractive: Bool, width: Int, hasColours: Bool) {
        self.isInteractive = isInteractive
        self.width = width
        self.hasColours = hasColours
    }

    /// Standard output as it is now.
    package static var output: Terminal { at(1) }

    /// Standard error as it is now.
    package static var errors: Terminal { at(2) }

    /// Whether somebody types on standard input.
    package static var inputIsInteractive: Bool { isatty(0) == 1 }

    private static func at(_ number: Int32) -> Terminal {
        let isInteractive = isatty(number) == 1
        let isPlain = Environment.value("NO_COLOR") != nil || Environment.value("TERM") == "dumb"
        return Terminal(
            isInteractive: isInteractive,
            width: WindowSize.columns(of: number),
            hasColours: isInteractive && !isPlain
        )
    }

    /// A text in a style, or as it is where there are no colours.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - style: The style.
    package func styled(_ text: String, _ style: Style) -> String {
        hasColours ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes a text to standard output; what a closed pipe does not take is lost.
    ///
    /// - Parameter text: The text.
    package static func write(_ text: String) {
        write(text, to: 1)
    }

    /// Writes a text to standard error; what a closed pipe does not take is lost.
    ///
    /// - Parameter text: The text.
    package static func writeError(_ text: String) {
        write(text, to: 2)
    }

    private static func write(_ text: String, to number: Int32) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.write(number, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            offset += count
        }
    }
}
