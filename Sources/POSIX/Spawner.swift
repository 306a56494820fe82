internal import CLinux
internal import Glibc

/// Starts processes from one permanent thread.
///
/// The thread matters: a child asks the kernel to be killed when its parent *thread* ends, and
/// threads of Swift's pool retire after a few idle seconds.
package final class Spawner: Sendable {
    private let loop: EventLoop
    private let watches = Guarded<[Int32: EventLoop.Watch]>([:])

    /// Creates a spawner.
    ///
    /// - Parameter loop: Its thread becomes the parent; it must run as long as the children shall.
    package init(loop: EventLoop) {
        self.loop = loop
    }

    /// Starts a process.
    ///
    /// Call on the loop's thread. A loop that is stopped forgets its children without ending them.
    ///
    /// Blocks for the time of `posix_spawn`, below a millisecond.
    ///
    /// - Parameters:
    ///   - command: What to start.
    ///   - onExit: Called on the loop's thread once the process has ended and was reaped.
    /// - Throws: `SystemError` when the program cannot be executed.
    package func start(
        _ command: ChildCommand,
        onExit: @escaping @Sendable (ExitStatus) -> Void
    ) throws(SystemError) -> ChildProcess {
        precondition(loop.isCurrent, "children are started on the loop's thread")
        let pid = try Self.spawn(command)
        do {
            try watch(pid, of: command.path, onExit)
        } catch {
            // Nobody would ever learn of its end: it must not run on.
            kill(-pid, SIGKILL)
            _ = Self.reap(pid, options: 0)
            throw error
        }
        return ChildProcess(pid: pid)
    }

    /// Starts a process from wherever the caller is.
    ///
    /// - Parameters:
    ///   - command: What to start.
    ///   - onExit: Called on the loop's thread once the process has ended and was reaped.
    /// - Throws: `SystemError` when the program cannot be executed.
    package func startOnLoop(
        _ command: ChildCommand,
        onExit: @escaping @Sendable (ExitStatus) -> Void
    ) async throws(SystemError) -> ChildProcess {
        // Never fails by itself; the error is in the value, which has its type.
        let started = await withCheckedContinuation { continuation in
            loop.submit { [self] in
                continuation.resume(
                    returning: Result { () throws(SystemError) in
                        try start(command, onExit: onExit)
                    }
                )
            }
        }
        return try started.get()
    }

    private func watch(
        _ pid: Int32,
        of path: String,
        _ onExit: @escaping @Sendable (ExitStatus) -> Void
    ) throws(SystemError) {
        let number = linux_pidfd_open(pid)
        guard number >= 0 else { throw .last("watch the process '\(path)'") }
        let box = FileDescriptorBox(owning: number)
        // Under the lock that `forget` takes, so that the watch is known before it can fire.
        try watches.withLock { watches throws(SystemError) in
            watches[pid] = try loop.watch(number, for: .readable) { [self] _ in
                // Naming `box` here keeps the descriptor open while it is watched.
                _ = box
                guard let status = Self.reap(pid, options: WNOHANG) else { return }
                forget(pid)
                onExit(status)
            }
        }
    }

    private func forget(_ pid: Int32) {
        let watch = watches.withLock { $0.removeValue(forKey: pid) }
        if let watch { loop.cancel(watch) }
    }

    /// How a child ended, whose number is free then; nil when it has not, or is no child.
    static func reap(_ pid: Int32, options: CInt) -> ExitStatus? {
        var status: CInt = 0
        var result: pid_t
        repeat {
            result = unsafe waitpid(pid, &status, options)
        } while result < 0 && errno == EINTR
        guard result == pid else { return nil }
        if linux_signaled(status) != 0 { return .killed(signal: linux_term_signal(status)) }
        return .exited(linux_exit_code(status))
    }

    /// Starts a process; whoever calls this reaps it.
    ///
    /// - Parameters:
    ///   - command: What to start.
    ///   - ownsGroup: Whether it is in a process group of its own, not in this process's.
    static func spawn(
        _ command: ChildCommand,
        ownsGroup: Bool = true
    ) throws(SystemError) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // Copies far above the targets come first, or a target could overwrite a source.
        var copies: [FileDescriptorBox] = []
        for (number, box) in command.descriptors {
            let copy = fcntl(box.number, F_DUPFD_CLOEXEC, 100)
            guard copy >= 0 else { throw .last("duplicate a descriptor") }
            copies.append(FileDescriptorBox(owning: copy))
            unsafe posix_spawn_file_actions_adddup2(&actions, copy, number)
        }
        // Not every library marks its descriptors as close-on-exec, and an engine that holds one of
        // our sockets could speak in our name.
        let highest = command.descriptors.map(\.number).max() ?? 2
        unsafe linux_spawn_close_from(&actions, highest + 1)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe posix_spawnattr_setsigmask(&attributes, &mask)
        var defaults = sigset_t()
        unsafe sigemptyset(&defaults)
        for signal in [SIGPIPE, SIGQUIT] { unsafe sigaddset(&defaults, signal) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        if ownsGroup { flags |= POSIX_SPAWN_SETPGROUP }
        unsafe posix_spawnattr_setflags(&attributes, CShort(flags))
        // The last use of the copies is in the kernel, where the compiler cannot see it.
        defer { withExtendedLifetime(copies) {} }
        return unsafe try execute(command, actions: &actions, attributes: &attributes)
    }

    private static func execute(
        _ command: ChildCommand,
        actions: UnsafePointer<posix_spawn_file_actions_t>,
        attributes: UnsafePointer<posix_spawnattr_t>
    ) throws(SystemError) -> Int32 {
        let arguments = unsafe cStrings([command.path] + command.arguments)
        let environment = unsafe cStrings(command.environment)
        defer {
            unsafe arguments.forEach { unsafe free($0) }
            unsafe environment.forEach { unsafe free($0) }
        }
        var pid: pid_t = 0
        let code = unsafe posix_spawn(
            &pid,
            command.path,
            actions,
            attributes,
            arguments,
            environment
        )
        guard code == 0 else {
            throw SystemError(code: code, operation: "start '\(command.path)'")
        }
        return pid
    }

    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        return unsafe pointers
    }
}
