import CommandLine
import Glibc
import ModelCommands
import POSIX

/// The command line: one verb for everything that people and units do.
@main
enum Baton {
    /// Verbs that run until a signal ends them.
    private static let lasting: Set = ["up", "serve", "device", "lease"]

    /// Not `async`: signals must be blocked on the first thread, before there is a second one that
    /// could receive them, and an asynchronous `main` may start on a thread of Swift's pool.
    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let name = CommandLine.arguments.first?.split(separator: "/").last
        let isOllama = name == "ollama"
        // There it is a question to the server.
        if isOllama, arguments == ["--version"] || arguments == ["-v"] { arguments = ["version"] }
        switch arguments.first {
        case let verb? where ModelVerbs.interruptible.contains(verb):
            // Ctrl-C ends what is being done, and a closed pipe the program.
            Signals.block(ignoringClosedPipes: false, holdingWindowChanges: verb == "run")
        case let verb? where !isOllama && lasting.contains(verb):
            Signals.block(ignoringTerminalStops: verb == "up")
        default: break
        }
        let words = arguments
        // Detached, because the main thread only waits; ends the process itself.
        Task.detached {
            let program = isOllama ? BatonProgram.ollama : BatonProgram.baton
            exit(await program.run(words))
        }
        while true { pause() }
    }
}
