internal import CLlama
internal import Glibc
internal import POSIX

/// What llama.cpp says: warnings and errors go to standard error, bounded; the rest is dropped.
enum LibraryLog {
    private struct State {
        /// Whether the message that may be continued is one of interest.
        var isHeard = false
        var lines = 0
        var firstError: String?
    }

    /// Lines that one file may cost; a broken one can have a complaint for each of its tokens.
    private static let longestReport = 8
    private static let longestLine = 400
    private static let state = Guarded(State())

    /// Takes the library's messages over.
    static func start() {
        unsafe llama_log_set({ level, text, _ in unsafe LibraryLog.hear(level, text) }, nil)
    }

    /// Begins to listen for one file.
    static func begin() {
        state.withLock { $0 = State() }
    }

    /// The first error since `begin`, which has the reason; later ones say what failed therefore.
    static var firstError: String? { state.withLock { $0.firstError } }

    /// Writes a line to standard error.
    static func write(_ message: String) {
        let line = Array("baton-vocabulary: \(message)\n".utf8)
        // Nothing helps if standard error is gone.
        _ = unsafe Glibc.write(2, line, line.count)
    }

    /// Called by the library, on the thread that called it; the text ends with a zero byte.
    private static func hear(_ level: ggml_log_level, _ text: UnsafePointer<CChar>?) {
        guard let text = unsafe text else { return }
        let message = unsafe printable(String(cString: text))
        let line = state.withLock { state -> String? in
            if level != GGML_LOG_LEVEL_CONT {
                state.isHeard = level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR
                if level == GGML_LOG_LEVEL_ERROR, state.firstError == nil {
                    state.firstError = message
                }
            }
            guard state.isHeard, !message.isEmpty, state.lines <= longestReport else { return nil }
            state.lines += 1
            return state.lines > longestReport ? "(and more)" : message
        }
        if let line { write(line) }
    }

    /// A message in one bounded line: it may quote the file.
    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(longestLine).map { scalar in
            scalar.properties.generalCategory == .control ? " " : String(scalar)
        }
        var line = Substring(scalars.joined())
        while line.last == " " { line.removeLast() }
        return String(line)
    }
}
