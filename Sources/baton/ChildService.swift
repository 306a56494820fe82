import Glibc
import Lifecycle
import Logging
import POSIX

/// A child process as a part of a group: started, started again when it fails, ended with SIGTERM.
///
/// A child that fails within its first seconds is not started again: its configuration is wrong, and
/// saying so once is better than saying it for ever.
struct ChildService: Service {
    let name: String
    let command: ChildCommand
    let spawner: Spawner
    let logger: Logger

    private enum Event: Sendable {
        case exited(ExitStatus)
        case shutdown
    }

    /// Why a child is not started again.
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A child that lives shorter has not really started.
    private static let startTime = Duration.seconds(3)
    /// The pause before a child is started again.
    private static let pause = Duration.seconds(1)

    func run(in scope: ServiceScope) async throws {
        while !scope.isShuttingDown {
            let started = MonotonicTime.now
            guard let status = try await runOnce(in: scope) else { return }
            guard !scope.isShuttingDown else { return }
            guard .now - started > Self.startTime else {
                throw Failure(description: "'baton \(name)' \(status) right after its start")
            }
            logger.error("starting again", [("child", name), ("reason", "\(status)")])
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Runs the child to its end; nil when that was asked for.
    private func runOnce(in scope: ServiceScope) async throws -> ExitStatus? {
        // Unbounded: each event comes at most once.
        let (events, send) = AsyncStream.makeStream(of: Event.self)
        let child = try await spawner.startOnLoop(command) { send.yield(.exited($0)) }
        scope.ready()
        scope.onShutdown { send.yield(.shutdown) }
        var isEnding = false
        for await event in events {
            switch event {
            case .exited(let status): return isEnding ? nil : status
            case .shutdown:
                isEnding = true
                child.signal(SIGTERM)
                // A stopped process acts on SIGTERM only when it runs on.
                child.resume()
            }
        }
        // Cancelled: the group has lost patience.
        child.kill()
        return nil
    }
}
