/// One thing that `baton-launch` does to what it starts, by the name that reports use.
package enum Protection: String, Sendable, Hashable, CaseIterable {
    /// Leads a process group of its own, which can be stopped and ended as a whole.
    case group
    /// Is ended before others when the machine's memory is out.
    case outOfMemoryScore = "oom-score"
    /// Has the niceness that was asked for.
    case nice
    /// Takes no more private memory than its limit.
    case memory
    /// Opens no more descriptors than its limit.
    case files
    /// Leaves no core dump, which would hold what clients sent.
    case noCore = "no-core"
    /// Gains no privilege by executing a program.
    case noNewPrivileges = "no-new-privileges"
    /// Has no capability, even as root.
    case noCapabilities = "no-capabilities"
    /// Has an empty network namespace.
    case networkNamespace = "network-namespace"
    /// Opens no socket but local ones and connects none.
    case noSockets = "no-sockets"
    /// Starts no process and signals only itself.
    case noProcesses = "no-processes"
    /// Makes no system call that is only of use to attackers.
    case systemCalls = "system-calls"
    /// Reaches the files that were named and no others.
    case landlock
    /// Uses no TCP, whatever sockets it is given.
    case landlockTCP = "landlock-tcp"
    /// Signals and connects to nothing outside, whatever else it may.
    case landlockScope = "landlock-scope"
    /// Ends when its parent ends.
    case parentDeath = "parent-death"

    /// Whether it only doubles what another one does on every kernel.
    ///
    /// What lacks on an older kernel is told all the same, but nothing is refused for it.
    package var isDouble: Bool {
        self == .landlockTCP || self == .landlockScope
    }
}
