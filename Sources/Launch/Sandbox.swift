internal import CLinux
internal import Glibc
internal import POSIX

/// Applies restrictions to this process and remembers which of them hold.
///
/// A restriction that the kernel refuses is said on standard error in one line and missing from
/// `active`; the program is started all the same, because a machine without Landlock is no reason to
/// serve nobody. The parent decides by `BATON_SANDBOX`.
struct Sandbox {
    /// What holds, in order of application.
    private(set) var active: [String] = []

    /// Applies everything that the options ask for, and what is always applied.
    mutating func apply(_ options: Options) {
        apply("group", linux_sandbox_lead_group())
        applyNumbers(options)
        apply("no-core", linux_sandbox_limit(LINUX_LIMIT_CORE, 0))
        apply("no-new-privileges", linux_set_no_new_privileges())
        if options.withoutNetwork {
            apply("network-namespace", linux_sandbox_leave_network())
            apply("no-sockets", linux_sandbox_refuse_sockets())
        }
        if options.restrictsFiles { restrictFiles(options) }
    }

    /// Ties this process's life to its parent's.
    ///
    /// Comes last, because a change of credentials makes the kernel forget the signal.
    ///
    /// - Parameter parent: Who the parent must be.
    /// - Returns: Whether the parent is still there.
    mutating func follow(_ parent: Int32) -> Bool {
        apply("parent-death", linux_set_parent_death_signal(SIGKILL))
        // A parent that ended before the call above sends no signal any more.
        return getppid() == parent
    }

    /// Writes one line to standard error.
    static func report(_ text: String) {
        let line = Array("baton-launch: \(text)\n".utf8)
        // Nothing helps if standard error is gone.
        _ = unsafe write(2, line, line.count)
    }

    private mutating func applyNumbers(_ options: Options) {
        if let score = options.outOfMemoryScore {
            apply("oom-score", unsafe linux_sandbox_write("/proc/self/oom_score_adj", "\(score)"))
        }
        if let niceness = options.niceness { apply("nice", linux_sandbox_nice(niceness)) }
        // RLIMIT_DATA, not RLIMIT_AS: inference engines and decoders reserve far more address space
        // than they ever touch, and shared buffers are accounted to who made them.
        if let memory = options.memory {
            apply("memory", linux_sandbox_limit(LINUX_LIMIT_DATA, memory))
        }
        if let files = options.files {
            apply("files", linux_sandbox_limit(LINUX_LIMIT_FILES, files))
        }
    }

    private mutating func restrictFiles(_ options: Options) {
        let ruleset = linux_landlock_begin()
        guard ruleset >= 0 else { return apply("landlock", -1) }
        for path in Self.alwaysReadable {
            // Not every system has each of them, and what does not exist needs no rule.
            _ = unsafe linux_landlock_allow(ruleset, path, LINUX_TREE_READ)
        }
        _ = linux_landlock_allow_libraries(ruleset)
        for path in Self.alwaysWritable {
            _ = unsafe linux_landlock_allow(ruleset, path, LINUX_TREE_WRITE)
        }
        for path in [options.program] + options.readable {
            check("--read \(path)", unsafe linux_landlock_allow(ruleset, path, LINUX_TREE_READ))
        }
        for path in options.writable {
            check("--write \(path)", unsafe linux_landlock_allow(ruleset, path, LINUX_TREE_WRITE))
        }
        apply("landlock", linux_landlock_enforce(ruleset))
    }

    /// System libraries, what the loader reads, and what programs ask about the machine.
    private static let alwaysReadable = [
        "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime",
        "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/dev/urandom",
        "/sys/devices/system",
    ]
    private static let alwaysWritable = ["/dev/null"]

    private mutating func apply(_ name: String, _ result: CInt) {
        let code = errno
        if result == 0 {
            active.append(name)
        } else {
            Self.report("cannot apply \(name): \(SystemError.reason(code))")
        }
    }

    private func check(_ name: String, _ result: CInt) {
        let code = errno
        if result != 0 { Self.report("cannot apply \(name): \(SystemError.reason(code))") }
    }
}
