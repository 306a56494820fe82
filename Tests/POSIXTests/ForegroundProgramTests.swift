import Glibc
import POSIX
import TestKit
import Testing

@Suite(.timeLimit(.minutes(1))) struct ForegroundProgramTests {
    private func shell(_ script: String, _ words: String...) -> ChildCommand {
        ChildCommand(path: "/bin/sh", arguments: ["-c", script, "sh"] + words)
    }

    @Test(arguments: [
        ("exit 0", POSIX.ExitStatus.exited(0)), ("exit 3", .exited(3)),
        ("kill -9 $$", .killed(signal: 9)),
    ])
    func tellsHowAProgramEnded(script: String, status: POSIX.ExitStatus) async throws {
        #expect(try await ForegroundProgram.run(shell(script)) == status)
    }

    @Test func isInThisProcessesGroup() async throws {
        let script = "set -- $(cat /proc/self/stat); test $5 = \"$0\""
        let command = ChildCommand(path: "/bin/sh", arguments: ["-c", script, "\(getpgrp())"])
        #expect(try await ForegroundProgram.run(command) == .exited(0))
    }

    @Test func refusesAProgramThatDoesNotExist() async {
        await #expect(throws: SystemError(code: ENOENT, operation: "start '/nonexistent/program'"))
        {
            _ = try await ForegroundProgram.run(
                ChildCommand(path: "/nonexistent/program", arguments: [])
            )
        }
    }

    @Test(arguments: [("", SIGTERM), ("trap '' TERM;", SIGKILL)])
    func whoeverIsCancelledEndsIt(trap: String, signal: Int32) async throws {
        let folder = TemporaryFolder()
        let pipe = folder.file("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let command = shell("\(trap) : >\"$1\"; while :; do read line; done <\"$1\"", pipe)
        // Ended below.
        let task = Task { try await ForegroundProgram.run(command) }
        // Opens when the program has opened it too, after its trap.
        let number = await withCheckedContinuation { continuation in
            let thread = try? NamedThread("test-open") {
                continuation.resume(returning: open(pipe, O_RDONLY | O_CLOEXEC))
            }
            thread?.detach()
        }
        #expect(number >= 0)
        task.cancel()
        #expect(try await task.value == .killed(signal: signal))
        close(number)
    }
}
