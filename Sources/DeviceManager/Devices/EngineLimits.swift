internal import Configuration

/// What one engine process may use and reach, beside its program and its model.
package struct EngineLimits: Sendable, Hashable {
    /// Most bytes of private writable memory; nil for no limit of its own.
    package var memory: Int?
    /// Most open descriptors.
    package var files = 1024
    /// The niceness; 0 leaves it as the manager's.
    ///
    /// Engines compute for as long as they are let, and whoever asks them, or is to refuse a request,
    /// needs a moment at once. On one core shared by service and engine at ten times the load that it
    /// can do, refusals' p99 is 3.6 ms with 10 and 6.1 ms with 0, for as many answers.
    package var niceness = 10
    /// Whether it may start processes, of its own program and those under `readable`, and signal others.
    package var mayStartProcesses = false
    /// More files and folders that it may read.
    package var readable: [String] = []
    /// Folders of its own in which it may write; made when they are not there.
    package var writable: [String] = []

    /// The usual limits.
    ///
    /// - Parameter memory: Most bytes of private writable memory; nil for no limit of its own.
    package init(memory: Int? = nil) {
        self.memory = memory
    }

    /// Reads the limits of one section of models.
    ///
    /// - Parameters:
    ///   - section: The section.
    ///   - usual: What counts where it says nothing.
    init(_ section: ConfigurationReader, _ usual: EngineLimits) {
        self = usual
        memory = section.bytes(
            "memory",
            default: usual.memory ?? Int.max,
            in: (16 << 20)...Int.max,
            about: "Most private memory of its engine; by default the device's."
        )
        files = section.integer(
            "files",
            default: usual.files,
            in: 64...1_000_000,
            about: "Most files and sockets that its engine has open."
        )
        niceness = section.integer(
            "nice",
            default: usual.niceness,
            in: -20...19,
            about: "How willingly its engine leaves the processor to others; 0 as the manager."
        )
        mayStartProcesses = section.bool(
            "processes",
            default: usual.mayStartProcesses,
            about: "Whether its engine may start processes: itself, and what is in 'readable'."
        )
        readable = section.strings(
            "readable",
            default: usual.readable,
            about: "More files and folders that its engine may read."
        )
    }
}
