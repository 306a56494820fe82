internal import Glibc
internal import POSIX

/// `baton-launch [options] -- PROGRAM ARGS…`: gives up rights, then becomes the program.
///
/// Exit codes of its own: 2 for a bad command line, 125 when the parent is gone already, 127 when the
/// program cannot be executed. The program finds what holds in `BATON_SANDBOX`, a list with commas.
@main
struct Launch {
    static func main() {
        let options: Options
        do {
            options = try Options(parsing: Array(CommandLine.arguments.dropFirst()))
        } catch {
            Sandbox.report(error.message)
            exit(2)
        }
        var sandbox = Sandbox()
        sandbox.apply(options)
        if let parent = options.parent, !sandbox.follow(parent) {
            Sandbox.report("the parent \(parent) is gone")
            exit(125)
        }
        unsafe setenv("BATON_SANDBOX", sandbox.active.joined(separator: ","), 1)
        execute(options)
    }

    /// Becomes the program; returns only by ending the process.
    private static func execute(_ options: Options) -> Never {
        var words: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in [options.program] + options.arguments {
            unsafe words.append(strdup(word))
        }
        unsafe words.append(nil)
        // Never returns on success; the words are freed with the process's image.
        unsafe execv(options.program, words)
        let reason = SystemError.reason(errno)
        Sandbox.report("cannot execute '\(options.program)': \(reason)")
        exit(127)
    }
}
