internal import Glibc
internal import POSIX

extension Logger {
    /// A logger that writes lines to standard error.
    ///
    /// Under systemd, whose journal adds time and unit itself, each line starts with its priority
    /// (`<3>`), so that `journalctl -p err` works. Otherwise it starts with the time (UTC).
    ///
    /// - Parameters:
    ///   - label: Which part of the program speaks.
    ///   - minimum: Messages below this level are dropped; by default `BATON_LOG`, or `info`.
    package static func standardError(label: String, minimum: LogLevel? = nil) -> Logger {
        let isJournal = Environment.value("JOURNAL_STREAM") != nil
        let level = minimum ?? Environment.value("BATON_LOG").flatMap(LogLevel.init(word:)) ?? .info
        return Logger(label: label, minimum: level) { entry in
            let head =
                isJournal ? "<\(entry.level.rawValue)>" : "\(timestamp()) \(entry.level.word) "
            let line = Array("\(head)\(entry.line)\n".utf8)
            // One write a line keeps lines of several processes whole; nothing helps if it fails.
            _ = write(2, line, line.count)
        }
    }

    private static func timestamp() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        gmtime_r(&time.tv_sec, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
        let date = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        return
            "\(date)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)Z"
    }
}

extension LogEntry {
    /// The entry as one line: `label: message name=value`; values with spaces are quoted.
    ///
    /// Control characters are escaped, so that no field can forge another line.
    package var line: String {
        var text = "\(label): \(message)"
        for (name, value) in fields { text += " \(name)=\(Self.quoted(value))" }
        return text
    }

    private static func quoted(_ value: String) -> String {
        let isPlain = value.unicodeScalars.allSatisfy {
            $0 != " " && $0 != "\"" && $0 != "\\" && !isControl($0)
        }
        if isPlain && !value.isEmpty { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case _ where isControl(scalar):
                let digits = String(scalar.value, radix: 16)
                text += "\\u{" + digits + "}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// What moves a terminal's cursor or ends a line, the eight-bit controls included.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
        default: false
        }
    }
}
