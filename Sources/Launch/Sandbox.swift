internal import CLinux
internal import Glibc
internal import POSIX
internal import Sandboxing

/// Applies restrictions to this process and remembers which of them hold.
///
/// One that the kernel refuses is no reason to stop here: a machine without Landlock still serves.
/// Whoever wants it otherwise asks for it (`--strict`).
struct Sandbox {
    /// What holds and what does not.
    private(set) var report = SandboxReport()

    /// Applies everything that the options ask for, and what is always applied.
    ///
    /// The order matters: each step takes away what a step before it may have needed.
    ///
    /// Ends the process when its parent is gone.
    mutating func apply(_ options: LaunchOptions) {
        apply(.group, linux_sandbox_lead_group())
        applyNumbers(options)
        apply(.noCore, linux_sandbox_limit(LINUX_LIMIT_CORE, 0))
        apply(.noNewPrivileges, linux_set_no_new_privileges())
        if options.withoutNetwork {
            apply(.networkNamespace, linux_namespace_leave_network())
        }
        if options.withoutOtherFiles { restrictFiles(options) }
        if let parent = options.parent { follow(parent) }
        if options.isConfined {
            // Reading with root's powers is harmless where Landlock says what may be read, and lets
            // a manager that runs as root serve models out of users' private folders.
            let reads: CInt = report.active.contains(.landlock) ? 1 : 0
            apply(.noCapabilities, linux_sandbox_drop_capabilities(reads))
            applyLandlock(.landlockScope, linux_landlock_refuse_outside(), version: 6)
            apply(.systemCalls, linux_seccomp_refuse_calls())
        }
        if options.withoutNetwork {
            applyLandlock(.landlockTCP, linux_landlock_refuse_tcp(), version: 4)
            apply(.noSockets, linux_seccomp_refuse_sockets())
        }
        if options.withoutProcesses { apply(.noProcesses, linux_seccomp_refuse_processes()) }
    }

    private mutating func applyNumbers(_ options: LaunchOptions) {
        if let score = options.outOfMemoryScore {
            let result = unsafe linux_sandbox_write("/proc/self/oom_score_adj", "\(score)")
            apply(.outOfMemoryScore, result)
        }
        if let niceness = options.niceness { apply(.nice, linux_sandbox_nice(CInt(niceness))) }
        // RLIMIT_DATA, not RLIMIT_AS: inference engines and decoders reserve far more address space
        // than they ever touch, and shared buffers are accounted to who made them.
        if let memory = options.memory {
            apply(.memory, linux_sandbox_limit(LINUX_LIMIT_DATA, UInt64(memory)))
        }
        if let files = options.files {
            apply(.files, linux_sandbox_limit(LINUX_LIMIT_FILES, UInt64(files)))
        }
    }

    /// Ties this process's life to its parent's.
    ///
    /// After the namespaces, because a change of credentials makes the kernel forget the signal, and
    /// before the filter that forbids taking it back.
    private mutating func follow(_ parent: Int32) {
        apply(.parentDeath, linux_set_parent_death_signal(SIGKILL))
        // A parent that ended before the call above sends no signal any more.
        guard getppid() != parent else { return }
        Launch.say("the parent \(parent) is gone")
        exit(125)
    }

    private mutating func restrictFiles(_ options: LaunchOptions) {
        let ruleset = linux_landlock_begin()
        guard ruleset >= 0 else { return apply(.landlock, -1) }
        for path in Self.alwaysReadable {
            // Not every system has each of them, and what does not exist needs no rule.
            _ = unsafe linux_landlock_allow(ruleset, path, LINUX_TREE_READ)
        }
        _ = linux_landlock_allow_libraries(ruleset)
        allow(Self.alwaysDevices + options.devices, LINUX_TREE_DEVICE, in: ruleset)
        allow(options.readable, LINUX_TREE_READ, in: ruleset)
        allow(options.writable, LINUX_TREE_WRITE, in: ruleset)
        let programs = options.onlyReports ? [] : [options.program] + options.executable
        allow(programs, LINUX_TREE_EXECUTE, in: ruleset)
        apply(.landlock, linux_landlock_enforce(ruleset))
    }

    /// Allows what is there; what is not will be missed by the program, which knows what for.
    private func allow(_ paths: [String], _ access: linux_tree_access, in ruleset: CInt) {
        for path in paths where unsafe linux_landlock_allow(ruleset, path, access) != 0 {
            let reason = SystemError.reason(errno)
            Launch.say("cannot allow '\(path)': \(reason)")
        }
    }

    /// System libraries, what the loader reads, and what programs ask about the machine: how many
    /// cores of which kind, how much memory, which part of both is theirs.
    private static let alwaysReadable = [
        "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64",
        "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime", "/usr/share/zoneinfo",
        "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
        "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/nr_hugepages", "/dev/urandom",
        "/sys/devices/system", "/sys/kernel/mm", "/sys/fs/cgroup",
    ]
    private static let alwaysDevices = ["/dev/null"]

    private mutating func apply(_ protection: Protection, _ result: CInt) {
        let code = errno
        if result == 0 {
            report.active.append(protection)
        } else {
            report.missing.append(.init(protection, SystemError.reason(code)))
        }
    }

    private mutating func applyLandlock(
        _ protection: Protection,
        _ result: CInt,
        version: CInt
    ) {
        let code = errno
        guard result != 0, code == ENOTSUP else {
            errno = code
            return apply(protection, result)
        }
        let present = linux_landlock_version()
        let reason = "needs Landlock version \(version), the kernel has \(present)"
        report.missing.append(.init(protection, reason))
    }
}
