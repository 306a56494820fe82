internal import Glibc

/// What the kernel lets this process have.
package enum ProcessLimits {
    /// Raises the number of descriptors to what the process may have at most; returns that number.
    ///
    /// The usual limit of 1024 is for programs that use `select`, which cannot count further; ours do
    /// not, and children get a limit of their own.
    @discardableResult
    package static func raiseOpenFiles() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 1024
        }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
