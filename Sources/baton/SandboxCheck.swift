import Configuration
import POSIX
import Sandboxing

/// Asks the launcher which protections hold on this machine for this user.
enum SandboxCheck {
    /// What went wrong with the launcher itself.
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Lets the launcher apply what engines get, and start nothing.
    ///
    /// - Throws: `ConfigurationError` when the launcher is not installed, `SystemError` when it cannot
    ///   be started.
    static func run() async throws -> SandboxReport {
        let launcher = try Programs.path(of: "baton-launch")
        let loop = try EventLoop(name: "baton-doctor")
        defer { loop.stop() }
        var options = LaunchOptions(program: "")
        options.confineFully(parent: CurrentProcess.id)
        options.memory = 1 << 30
        options.files = 64
        options.onlyReports = true
        let (reports, tell) = AsyncStream.makeStream(of: Result<SandboxReport, any Error>.self)
        loop.submit { [options] in
            do {
                _ = try ConfinedProcess(
                    options,
                    launcher: launcher,
                    spawner: Spawner(loop: loop),
                    loop: loop,
                    onReport: { tell.yield(.success($0)) },
                    onExit: {
                        tell.yield(.failure(Failure(description: "'baton-launch' \($0)")))
                    }
                )
            } catch {
                tell.yield(.failure(error))
            }
        }
        // The first word counts: every launcher that reports also exits.
        guard let first = await reports.first(where: { _ in true }) else {
            throw CancellationError()
        }
        return try first.get()
    }
}
