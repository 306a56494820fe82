import Glibc
import POSIX
import Testing

/// The launcher as its callers see it: a process.
@Suite struct LaunchTests {
    private static let bash = "/bin/bash"

    @Test func refusesBadCommandLines() async throws {
        let cases: [([String], String)] = [
            (["--frobnicate"], "unknown option '--frobnicate'"),
            (["--nice", "twenty"], "'--nice' must be from -20 to 19"),
            (["--memory", "-1"], "'--memory' must be from"),
        ]
        for (options, sentence) in cases {
            try await Runner.with { runner in
                let (output, status) = try await runner.launch(options, ["/bin/true"])
                #expect(output.contains(sentence), "\(output)")
                #expect(status == .exited(2))
            }
        }
    }

    @Test func saysWhatCannotBeExecuted() async throws {
        try await Runner.with { runner in
            let (output, status) = try await runner.launch([], ["/nonexistent/program"])
            #expect(output.contains("cannot execute '/nonexistent/program'"))
            #expect(status == .exited(127))
        }
    }

    @Test func passesArgumentsAndExitCode() async throws {
        try await Runner.with { runner in
            let script = "echo \"$0,$1\"; exit 7"
            let program = [Self.bash, "-c", script, "a b", "--nice"]
            let (output, status) = try await runner.launch([], program)
            #expect(output == "a b,--nice\n")
            #expect(status == .exited(7))
        }
    }

    @Test func appliesNumbers() async throws {
        let output = try await Runner.shell(
            ["--nice", "7", "--memory", "\(256 << 20)", "--files", "99", "--oom-score", "321"],
            "nice; ulimit -d; ulimit -n; ulimit -c; cat /proc/self/oom_score_adj"
        )
        #expect(output == "7\n\(256 << 10)\n99\n0\n321\n")
    }

    @Test func leadsAGroupWithoutNewPrivileges() async throws {
        let output = try await Runner.shell(
            [],
            "read -a f < /proc/$$/stat; [ ${f[4]} = $$ ] && echo leads; grep NoNew /proc/$$/status"
        )
        #expect(output.hasPrefix("leads\n"))
        #expect(output.contains("NoNewPrivs:\t1"))
    }

    @Test(arguments: ["", "--confine --no-network --no-processes --no-other-files"])
    func endsWithItsParent(options: String) async throws {
        try await Runner.with { runner in
            // The shell is the parent; both it and the launched program hold the output open.
            let script =
                "\(Runner.launcher) --parent $$ \(options) -- /bin/sleep 1000 & echo started; wait"
            let started = try await runner.start([Self.bash, "-c", script])
            let shell = started.process.pid
            let text = try await Runner.text(of: started.output) { text in
                // Only the shell: its group would take the sleeper along.
                if text.contains("started") { kill(shell, SIGKILL) }
            }
            // The end of the output is the end of the sleeper.
            #expect(text.hasPrefix("started\n"))
            #expect(await started.exits.first { _ in true } == .killed(signal: SIGKILL))
        }
    }

    @Test func refusesAParentThatIsNotItsOwn() async throws {
        try await Runner.with { runner in
            let (output, status) = try await runner.launch(["--parent", "1"], ["/bin/true"])
            #expect(output.contains("the parent 1 is gone"))
            #expect(status == .exited(125))
        }
    }
}
