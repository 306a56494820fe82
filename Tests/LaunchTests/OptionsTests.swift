import Sandboxing
import Testing

/// What callers and launcher say to each other.
@Suite struct OptionsTests {
    @Test func readsBackEveryOption() throws {
        var options = LaunchOptions(program: "/a b", arguments: ["--nice", "--"])
        #expect(try LaunchOptions(parsing: options.words) == options)
        options.confineFully(parent: 7)
        options.niceness = -3
        options.memory = 1 << 40
        options.files = 4
        options.report = 5
        options.isStrict = true
        options.readable = ["/r", "--write"]
        options.executable = ["/x"]
        options.writable = ["/w"]
        options.devices = ["/dev/dri"]
        #expect(try LaunchOptions(parsing: options.words) == options)
    }

    @Test func aCheckTakesNoProgram() throws {
        var options = LaunchOptions(program: "")
        options.onlyReports = true
        #expect(try LaunchOptions(parsing: options.words) == options)
        #expect(throws: LaunchOptions.Invalid.self) {
            try LaunchOptions(parsing: ["--check", "--", "/bin/true"])
        }
        #expect(throws: LaunchOptions.Invalid.self) { try LaunchOptions(parsing: ["--"]) }
    }

    @Test func readsBackReports() {
        var report = SandboxReport()
        #expect(SandboxReport(parsing: report.text) == report)
        report.active = [.group, .landlockTCP]
        report.missing = [.init(.landlock, "Function not implemented")]
        report.failure = "cannot execute 'a  b': no"
        #expect(SandboxReport(parsing: report.text) == report)
        #expect(SandboxReport(parsing: "nonsense\nactive nonsense\n\nactive\n") == SandboxReport())
    }

    @Test func aReasonIsOneLine() {
        var report = SandboxReport()
        report.failure = "cannot execute 'a\nactive landlock'"
        #expect(SandboxReport(parsing: report.text).active.isEmpty)
    }
}
