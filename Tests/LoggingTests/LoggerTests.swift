import Logging
import Synchronization
import Testing

/// Keeps lines; written by one thread at a time, which the tests are.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }

    func logger(_ minimum: LogLevel) -> Logger {
        Logger(label: "test", minimum: minimum) { entry in
            self.lines.withLock { $0.append("\(entry.level.word) \(entry.line)") }
        }
    }
}

@Suite struct LoggerTests {
    @Test func dropsWhatIsBelowTheLevelWithoutComputingIt() {
        let lines = Lines()
        let logger = lines.logger(.warning)
        logger.info("unwanted", [("never", { () -> String in preconditionFailure("computed") }())])
        logger.debug("unwanted")
        logger.warning("wanted")
        logger.error("wanted too")
        #expect(lines.all == ["warning test: wanted", "error test: wanted too"])
    }

    @Test func addsCommonFieldsFirst() {
        let lines = Lines()
        let logger = lines.logger(.debug).with([("request", "r1")]).labelled("other")
        logger.info("done", [("ms", "5")])
        #expect(lines.all == ["info other: done request=r1 ms=5"])
    }

    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""), ("a\"b", #""a\"b""#),
        ("a\nb", #""a\nb""#), (#"a\nb"#, #""a\\nb""#), ("\u{1B}[31m", #""\u{1b}[31m""#),
        ("\u{9B}31m", #""\u{9b}31m""#), ("a\u{2028}b", #""a\u{2028}b""#), ("é😀", "é😀"),
        ("\r", #""\u{d}""#), ("\u{7F}", #""\u{7f}""#),
    ])
    func letsNoFieldForgeALine(value: String, written: String) {
        let lines = Lines()
        lines.logger(.info).info("m", [("f", value)])
        #expect(lines.all == ["info test: m f=\(written)"])
    }

    @Test func ordersLevelsByImportance() {
        #expect(LogLevel.allCases.sorted() == [.debug, .info, .warning, .error])
        #expect(LogLevel(word: "warning") == .warning)
        #expect(LogLevel(word: "loud") == nil)
    }
}
