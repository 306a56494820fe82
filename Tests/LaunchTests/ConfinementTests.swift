import CLinux
import Glibc
import POSIX
import TestKit
import Testing

/// What a confined process cannot do, each beside the same without the option where that could do it.
@Suite struct ConfinementTests {
    /// Makes system calls with harmless arguments and says which were refused with a code.
    private func refused(
        _ options: [String],
        _ calls: [(name: String, number: CInt, arguments: String)],
        code: CInt = EPERM
    ) async throws -> Set<String> {
        let list = calls.map { "(\"\($0.name)\", \($0.number), [\($0.arguments)])" }
        let script = """
            import ctypes
            call = ctypes.CDLL(None, use_errno=True).syscall
            for name, number, arguments in [\(list.joined(separator: ", "))]:
                ctypes.set_errno(0)
                call(number, *[ctypes.c_long(a) for a in arguments])
                if ctypes.get_errno() == \(code):
                    print(name)
            """
        let output = try await Runner.python(options, script)
        return Set(output.split(separator: "\n").map(String.init))
    }

    @Test func makesNoCallThatIsOnlyOfUseToAttackers() async throws {
        let calls: [(name: String, number: CInt, arguments: String)] = [
            ("unshare", CInt(SYS_unshare), "0"),
            ("setns", CInt(SYS_setns), "-1, 0"),
            ("ptrace", CInt(SYS_ptrace), "-1, 0, 0, 0"),
            ("process_vm_readv", CInt(SYS_process_vm_readv), "0, 0, 0, 0, 0, 0"),
            ("pidfd_getfd", CInt(SYS_pidfd_getfd), "-1, 0, 0"),
            ("keyctl", CInt(SYS_keyctl), "0, -1, 0, 0, 0"),
            ("add_key", CInt(SYS_add_key), "0, 0, 0, 0, 0"),
            ("shmget", CInt(SYS_shmget), "0, 0, 0"),
            ("mq_open", CInt(SYS_mq_open), "0, 0, 0, 0"),
            ("name_to_handle_at", CInt(SYS_name_to_handle_at), "-1, 0, 0, 0, 0"),
            ("userfaultfd", CInt(SYS_userfaultfd), "-1"),
            ("perf_event_open", CInt(SYS_perf_event_open), "0, 0, 0, 0, -1"),
            ("clock_adjtime", CInt(SYS_clock_adjtime), "0, 0"),
            ("personality", CInt(SYS_personality), "0xffffffff"),
            ("prlimit", CInt(SYS_prlimit64), "\(CurrentProcess.id), 7, 0, 0"),
            ("prctl", CInt(SYS_prctl), "\(PR_SET_PDEATHSIG), 0, 0, 0, 0"),
            ("ioctl", CInt(SYS_ioctl), "-1, \(TIOCSTI), 0"),
        ]
        let names = Set(calls.map(\.name))
        #expect(try await refused(["--confine"], calls) == names)
        // The same without the option: what is refused then is refused to this user or container.
        let usual = try await refused([], calls)
        #expect(usual.isDisjoint(with: ["unshare", "prctl", "ioctl", "setns", "process_vm_readv"]))
    }

    @Test func usesNoRing() async throws {
        let ring = [("ring", CInt(SYS_io_uring_setup), "0, 0")]
        #expect(try await refused(["--no-network"], ring, code: ENOSYS) == ["ring"])
    }

    @Test func hasNoCapability() async throws {
        let script = "while read name value; do [ $name = CapEff: ] && echo $value; done"
        let file = "< /proc/$$/status"
        let alone = try await Runner.shell(["--confine"], "\(script) \(file)")
        #expect(alone == "0000000000000000\n")
        // Root's power to read goes with Landlock, which says what may be read.
        let bounded = try await Runner.shell(
            ["--confine", "--no-other-files"],
            "\(script) \(file)"
        )
        #expect(["0000000000000000\n", "0000000000000004\n"].contains(bounded))
    }

    @Test func raisesNoLimit() async throws {
        let output = try await Runner.shell(["--confine", "--files", "64"], "ulimit -n 65")
        #expect(output.contains("cannot modify limit"))
    }

    @Test func startsNoProcess() async throws {
        let script = "echo before; (echo child); echo after"
        let output = try await Runner.shell(["--no-processes"], script)
        #expect(output.contains("before"))
        #expect(output.contains("fork: Operation not permitted"))
        #expect(!output.contains("child"))
        #expect(try await Runner.shell([], script) == "before\nchild\nafter\n")
    }

    @Test func startsThreads() async throws {
        let script = "import threading; threading.Thread(target=lambda: print('thread')).start()"
        #expect(try await Runner.python(["--no-processes"], script) == "thread\n")
    }

    @Test func signalsOnlyItself() async throws {
        let script =
            "kill -0 $PPID && echo parent; kill -0 0 && echo group; kill -0 $$ && echo self"
        let output = try await Runner.shell(["--no-processes"], script)
        #expect(output.contains("self"))
        #expect(!output.contains("parent") && !output.contains("group"), "\(output)")
        #expect(try await Runner.shell([], script) == "parent\ngroup\nself\n")
    }

    @Test func landlockAloneKeepsSignalsInside() async throws {
        guard linux_landlock_version() >= 6 else { return }
        let output = try await Runner.shell(["--confine"], "kill -0 $PPID && echo parent; echo end")
        #expect(output.contains("Operation not permitted") && !output.contains("parent\n"))
    }

    @Test func executesNothingElse() async throws {
        guard linux_landlock_version() >= 1 else { return }
        let script = "exec /bin/true"
        let output = try await Runner.shell(["--no-other-files"], script)
        #expect(output.contains("Permission denied"))
        let named = ["--no-other-files", "--execute", "/bin/true"]
        #expect(try await Runner.shell(named, script) == "")
    }

    @Test func opensNoInternetSocket() async throws {
        let script = "exec 5<>/dev/tcp/127.0.0.1/9"
        let refused = try await Runner.shell(["--no-network"], script)
        #expect(refused.contains("Permission denied"))
        // The same without the option gets as far as asking the other end.
        let asked = try await Runner.shell([], script)
        #expect(!asked.contains("Permission denied"))
    }

    @Test func connectsToNoDaemonButKeepsSocketPairs() async throws {
        let folder = TemporaryFolder()
        let listener = try Socket.listen(at: folder.file("daemon"), mode: 0o666)
        let script = """
            import socket
            a, b = socket.socketpair()
            a.send(b"pair")
            print(b.recv(9).decode())
            try:
                socket.socket(socket.AF_UNIX).connect("\(folder.file("daemon"))")
                print("connected")
            except PermissionError:
                print("refused")
            """
        #expect(try await Runner.python(["--no-network"], script) == "pair\nrefused\n")
        #expect(try await Runner.python([], script) == "pair\nconnected\n")
        _ = listener.number
    }
}
