internal import CLinux
internal import Glibc
internal import POSIX
internal import Sandboxing

/// `baton-launch [options] -- PROGRAM ARGS…`: gives up rights, then becomes the program.
///
/// Exit codes of its own: 2 for a bad command line, 125 when the parent is gone already, 126 when the
/// sandbox must be complete and is not, 127 when the program cannot be executed.
@main
struct Launch {
    static func main() {
        let options: LaunchOptions
        do {
            options = try LaunchOptions(parsing: Array(CommandLine.arguments.dropFirst()))
        } catch {
            say(error.message)
            exit(2)
        }
        if let report = options.report { _ = linux_set_close_on_exec(report, 1) }
        var sandbox = Sandbox()
        sandbox.apply(options)
        var report = sandbox.report
        if options.isStrict, let reason = lack(in: report) { report.failure = reason }
        tell(report, options)
        // From here on without the libraries' own endings, which may need what was given up.
        if report.failure != nil { _exit(126) }
        if options.onlyReports { _exit(0) }
        execute(options)
    }

    /// Why the program must not be started in a sandbox such as this one; nil when it may.
    private static func lack(in report: SandboxReport) -> String? {
        let missing = report.missing.filter { !$0.protection.isDouble }
        guard !missing.isEmpty else { return nil }
        let names = missing.map(\.description).joined(separator: ", ")
        return "the sandbox must be complete and lacks \(names)"
    }

    private static func tell(_ report: SandboxReport, _ options: LaunchOptions) {
        if let descriptor = options.report { return write(report.text, to: descriptor) }
        if options.onlyReports { return write(report.text, to: 1) }
        for missing in report.missing { say("cannot apply \(missing)") }
        if let failure = report.failure { say(failure) }
    }

    /// Becomes the program; returns only by ending the process.
    private static func execute(_ options: LaunchOptions) -> Never {
        var words: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in [options.program] + options.arguments {
            unsafe words.append(strdup(word))
        }
        unsafe words.append(nil)
        // Never returns on success; the words are freed with the process's image.
        unsafe execv(options.program, words)
        let reason = SystemError.reason(errno)
        var report = SandboxReport()
        report.failure = "cannot execute '\(options.program)': \(reason)"
        tell(report, options)
        _exit(127)
    }

    /// Writes one line to standard error.
    static func say(_ text: String) {
        write("baton-launch: \(text)\n", to: 2)
    }

    private static func write(_ text: String, to descriptor: CInt) {
        let bytes = Array(text.utf8)
        // Nothing helps if nobody reads any more.
        _ = unsafe Glibc.write(descriptor, bytes, bytes.count)
    }
}
