internal import CLinux
internal import Glibc

/// How a process ended.
package enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// It returned this code.
    case exited(Int32)
    /// This signal ended it.
    case killed(signal: Int32)

    /// The sentence people read.
    package var description: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .killed(let signal): "was ended by signal \(signal)"
        }
    }
}

/// What to start.
package struct ChildCommand: Sendable {
    /// The program's file; no search along PATH.
    package var path: String
    /// Its arguments, without the program's own name.
    package var arguments: [String]
    /// Its whole environment as `NAME=value`.
    package var environment: [String]
    /// Descriptors that it gets, by the number that it sees; others are closed on exec.
    package var descriptors: [(number: Int32, box: FileDescriptorBox)]

    /// Describes a process to start.
    ///
    /// - Parameters:
    ///   - path: The program's file.
    ///   - arguments: Its arguments.
    ///   - environment: Its whole environment.
    ///   - descriptors: Descriptors it gets, 3 and up; standard streams are inherited.
    package init(
        path: String,
        arguments: [String],
        environment: [String] = Environment.inherited,
        descriptors: [(number: Int32, box: FileDescriptorBox)] = []
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
    }
}

/// A started process in a process group of its own.
///
/// The parent must be told of its end through `Spawner.start(_:onExit:)`, which also reaps it; until
/// then the number cannot become another process's.
package struct ChildProcess: Sendable, Hashable {
    /// The process's number, also that of its group.
    package let pid: Int32

    /// Sends a signal to the process's whole group.
    ///
    /// - Parameter signal: The signal's number.
    package func signal(_ signal: Int32) {
        // A group that is gone needs no signal.
        _ = kill(-pid, signal)
    }

    /// Stops every thread of the process and waits until the kernel confirms it.
    ///
    /// Blocks for about 0.16 ms, 1 ms in one of a hundred cases (`make bench`). Blocking is on
    /// purpose: a loop that polls occupies the core that the stopping threads need.
    ///
    /// - Returns: Whether the process is stopped; false when it has ended.
    package func stop() -> Bool {
        // A signal to the process goes to its first thread. That one mostly sleeps, and the kernel
        // lets it wait behind those that compute for up to a slice of 3 ms before it stops them all.
        // A thread that computes is interrupted at once.
        linux_signal_threads(pid, SIGSTOP)
        // Whatever else is in its group.
        signal(SIGSTOP)
        var info = unsafe siginfo_t()
        while true {
            let flags = WSTOPPED | WEXITED | WNOWAIT
            let result = unsafe waitid(P_PID, id_t(pid), &info, flags)
            if result == 0 { return unsafe info.si_code == CInt(CLD_STOPPED) }
            if errno != EINTR { return false }
        }
    }

    /// Whether the process's first thread is stopped now.
    package var isStopped: Bool {
        var info = unsafe siginfo_t()
        let result = unsafe waitid(P_PID, id_t(pid), &info, WSTOPPED | WNOHANG | WNOWAIT)
        return unsafe result == 0 && info.si_code == CInt(CLD_STOPPED)
    }

    /// Lets a stopped process run on.
    package func resume() {
        signal(SIGCONT)
    }

    /// Ends the process and its group at once; works on a stopped process too.
    package func kill() {
        signal(SIGKILL)
    }

    private func kill(_ target: Int32, _ signal: Int32) -> Int32 {
        Glibc.kill(target, signal)
    }
}
