internal import CLinux
internal import Glibc

/// A program that has the terminal while this one waits for it.
///
/// It is in this process's group: Ctrl-Z stops both, and the shell gets the terminal back.
package enum ForegroundProgram {
    /// Milliseconds that a program may take to end when it is told to; chosen.
    private static let grace: CInt = 1000

    /// Runs a program to its end.
    ///
    /// Blocks a thread of its own. Ctrl-\ is for the program alone meanwhile; the caller sees to it
    /// that Ctrl-C is, too. A task that is cancelled ends the program, by SIGTERM first.
    ///
    /// - Parameter command: What to start.
    /// - Returns: How it ended.
    /// - Throws: `SystemError` when it cannot be started.
    package static func run(_ command: ChildCommand) async throws -> ExitStatus {
        let before = signal(SIGQUIT, SIG_IGN)
        defer { _ = signal(SIGQUIT, before) }
        let program = try Running(pid: Spawner.spawn(command, ownsGroup: false))
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                do {
                    try NamedThread("baton-waiting") {
                        continuation.resume(returning: program.wait())
                    }.detach()
                } catch {
                    // Nobody would ever learn of its end: it must not run on.
                    program.end(within: 0)
                    _ = program.wait()
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            program.end(within: grace)
        }
    }

    private struct Running: Sendable {
        let pid: Int32
        /// Readable once it has ended.
        let watch: FileDescriptorBox
        /// Whether it was reaped, after which its number may be another process's.
        let isOver = Shared()

        final class Shared: Sendable {
            let flag = Guarded(false)
        }

        init(pid: Int32) throws(SystemError) {
            let number = linux_pidfd_open(pid)
            guard number >= 0 else {
                let error = SystemError.last("watch the process \(pid)")
                kill(pid, SIGKILL)
                _ = Spawner.reap(pid, options: 0)
                throw error
            }
            self.pid = pid
            watch = FileDescriptorBox(owning: number)
        }

        func wait() -> ExitStatus {
            while !hasEnded(within: -1) {}
            return isOver.flag.withLock { isOver in
                isOver = true
                // Only this function reaps it, so it is there.
                return Spawner.reap(pid, options: 0) ?? .exited(0)
            }
        }

        func end(within grace: CInt) {
            send(SIGTERM)
            if !hasEnded(within: grace) { send(SIGKILL) }
        }

        private func send(_ signal: CInt) {
            isOver.flag.withLock { if !$0 { kill(pid, signal) } }
        }

        private func hasEnded(within milliseconds: CInt) -> Bool {
            var look = pollfd(fd: watch.number, events: Int16(POLLIN), revents: 0)
            return unsafe poll(&look, 1, milliseconds) > 0
        }
    }
}
