import CommandLine
import Glibc
import POSIX

/// The command line: one verb for everything that people and units do.
@main
enum Baton {
    /// Verbs that run until a signal ends them.
    private static let lasting: Set = ["up", "serve", "device", "lease"]

    /// Not `async`: signals must be blocked on the first thread, before there is a second one that
    /// could receive them, and an asynchronous `main` may start on a thread of Swift's pool.
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let verb = arguments.first, lasting.contains(verb) {
            Signals.block(ignoringTerminalStops: verb == "up")
        }
        let program = Program(
            "baton",
            "shares one machine's accelerator between AI services",
            version: Version.text,
            verbs: [
                UpVerb.verb, ServeVerb.verb, DeviceVerb.verb, StatusVerb.verb, TopVerb.verb,
                LeaseVerb.verb, DoctorVerb.verb, ConfigVerb.verb, SimulateVerb.verb,
                VersionVerb.verb,
            ]
        )
        // Detached, because the main thread only waits; ends the process itself.
        Task.detached { exit(await program.run(arguments)) }
        while true { pause() }
    }
}
