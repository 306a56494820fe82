/// How much a message matters; the numbers are syslog's priorities.
package enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    /// A request or a function failed and somebody should look.
    case error = 3
    /// Something is wrong but work goes on.
    case warning = 4
    /// Worth knowing in normal operation.
    case info = 6
    /// For finding faults.
    case debug = 7

    /// Orders by importance: `debug < error`.
    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rawValue > right.rawValue
    }

    /// The word in text output.
    package var word: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .info: "info"
        case .debug: "debug"
        }
    }

    /// The level that a word names.
    ///
    /// - Parameter word: "error", "warning", "info" or "debug".
    package init?(word: String) {
        guard let level = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = level
    }
}

/// One message with its fields.
package struct LogEntry: Sendable {
    /// How much it matters.
    package let level: LogLevel
    /// Which part of the program speaks.
    package let label: String
    /// A constant sentence, lower case, without a period.
    package let message: String
    /// The data, in order.
    package let fields: [(name: String, value: String)]
}

/// Speaks for one part of a program; passed along, never global.
///
/// Messages are constant sentences and data goes into fields, so that logs can be searched.
package struct Logger: Sendable {
    /// Which part of the program speaks.
    package let label: String
    /// Messages below this level are dropped.
    package let minimum: LogLevel
    private let common: [(name: String, value: String)]
    private let sink: @Sendable (LogEntry) -> Void

    /// Creates a logger.
    ///
    /// - Parameters:
    ///   - label: Which part of the program speaks.
    ///   - minimum: Messages below this level are dropped.
    ///   - sink: Where entries go; called from any thread, must not wait.
    package init(
        label: String,
        minimum: LogLevel = .info,
        sink: @escaping @Sendable (LogEntry) -> Void
    ) {
        self.init(label: label, minimum: minimum, common: [], sink: sink)
    }

    private init(
        label: String,
        minimum: LogLevel,
        common: [(name: String, value: String)],
        sink: @escaping @Sendable (LogEntry) -> Void
    ) {
        self.label = label
        self.minimum = minimum
        self.common = common
        self.sink = sink
    }

    /// A logger that adds fields to every message.
    ///
    /// - Parameter fields: What to add.
    package func with(_ fields: [(String, String)]) -> Logger {
        let all = common + fields.map { (name: $0.0, value: $0.1) }
        return Logger(label: label, minimum: minimum, common: all, sink: sink)
    }

    /// A logger for another part of the program with the same sink and level.
    ///
    /// - Parameter label: Which part.
    package func labelled(_ label: String) -> Logger {
        Logger(label: label, minimum: minimum, common: common, sink: sink)
    }

    /// Writes a message.
    ///
    /// - Parameters:
    ///   - level: How much it matters.
    ///   - message: A constant sentence.
    ///   - fields: The data; only computed when the level is wanted.
    package func log(
        _ level: LogLevel,
        _ message: String,
        _ fields: @autoclosure () -> [(String, String)] = []
    ) {
        guard level >= minimum else { return }
        let all = common + fields().map { (name: $0.0, value: $0.1) }
        sink(LogEntry(level: level, label: label, message: message, fields: all))
    }

    /// Writes a message at level `error`.
    package func error(_ message: String, _ fields: @autoclosure () -> [(String, String)] = []) {
        log(.error, message, fields())
    }

    /// Writes a message at level `warning`.
    package func warning(_ message: String, _ fields: @autoclosure () -> [(String, String)] = []) {
        log(.warning, message, fields())
    }

    /// Writes a message at level `info`.
    package func info(_ message: String, _ fields: @autoclosure () -> [(String, String)] = []) {
        log(.info, message, fields())
    }

    /// Writes a message at level `debug`.
    package func debug(_ message: String, _ fields: @autoclosure () -> [(String, String)] = []) {
        log(.debug, message, fields())
    }
}
