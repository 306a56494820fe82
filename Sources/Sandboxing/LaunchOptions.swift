/// What `baton-launch` is asked for: a value for its callers, a command line between the two.
package struct LaunchOptions: Sendable, Hashable {
    /// The process whose end ends this one.
    package var parent: Int32?
    /// How soon the kernel picks this process when memory is out, -1000 to 1000.
    package var outOfMemoryScore: Int?
    /// The niceness, -20 to 19; nil leaves it.
    package var niceness: Int?
    /// Most bytes of private writable memory.
    package var memory: Int?
    /// Most open descriptors.
    package var files: Int?
    /// The descriptor that a `SandboxReport` is written to; nil tells what lacks on standard error.
    package var report: Int32?
    /// Whether capabilities and dangerous system calls are taken away.
    package var isConfined = false
    /// Whether the network is taken away.
    package var withoutNetwork = false
    /// Whether it must stay one process that signals only itself.
    package var withoutProcesses = false
    /// Whether only the files that are named stay accessible, beside system libraries.
    package var withoutOtherFiles = false
    /// Whether the program is started only when every protection holds.
    package var isStrict = false
    /// Whether everything is applied and reported, and nothing started.
    package var onlyReports = false
    /// Files and trees that may be read.
    package var readable: [String] = []
    /// Files and trees that may be read and executed, beside the program itself.
    package var executable: [String] = []
    /// Trees in which files and sockets may be made, written and removed.
    package var writable: [String] = []
    /// Devices that may be driven: nodes, or folders of nodes.
    package var devices: [String] = []
    /// The program's file; empty exactly when `onlyReports`.
    package var program: String
    /// Its arguments, without its own name.
    package var arguments: [String]

    /// Asks for nothing but the program.
    ///
    /// - Parameters:
    ///   - program: The program's file.
    ///   - arguments: Its arguments, without its own name.
    package init(program: String, arguments: [String] = []) {
        self.program = program
        self.arguments = arguments
    }

    /// Asks for every protection there is.
    ///
    /// What must not bind still has to be given: limits, niceness and files.
    ///
    /// - Parameter parent: The process whose end ends the new one.
    package mutating func confineFully(parent: Int32) {
        self.parent = parent
        // Engines and helpers can be started again; whoever shares the machine with them often not.
        outOfMemoryScore = 500
        isConfined = true
        withoutNetwork = true
        withoutProcesses = true
        withoutOtherFiles = true
    }
}
