/// A program that is an engine, and what every process of it needs beside its model.
package struct EngineProgram: Sendable, Hashable {
    /// Its file.
    package var path: String
    /// Folders of its libraries, beside those of the system.
    package var libraries: [String]
    /// Devices that it drives: nodes, or folders of nodes such as `/dev/dri`.
    package var devices: [String]
    /// Whether it is an HTTP server; otherwise it speaks frames.
    package var isHTTPServer: Bool
    /// Beginnings of names of variables that it would take for arguments; it does not get those.
    package var withoutVariables: [String]

    /// Describes a program.
    ///
    /// - Parameters:
    ///   - path: Its file.
    ///   - libraries: Folders of its libraries.
    ///   - devices: Devices that it drives; none for the processor.
    ///   - isHTTPServer: Whether it is an HTTP server; otherwise it speaks frames.
    ///   - withoutVariables: Beginnings of names of variables that it does not get.
    package init(
        path: String,
        libraries: [String] = [],
        devices: [String] = [],
        isHTTPServer: Bool = false,
        withoutVariables: [String] = []
    ) {
        self.path = path
        self.libraries = libraries
        self.devices = devices
        self.isHTTPServer = isHTTPServer
        self.withoutVariables = withoutVariables
    }
}

/// The programs that engines are.
package struct EnginePrograms: Sendable {
    /// `baton-launch`, which every engine execs first.
    package var launcher: String
    /// The engine's program by engine kind.
    package var engines: [String: EngineProgram]

    /// Names the programs.
    ///
    /// - Parameters:
    ///   - launcher: The path of `baton-launch`.
    ///   - engines: Each engine by kind.
    package init(launcher: String, engines: [String: EngineProgram]) {
        self.launcher = launcher
        self.engines = engines
    }
}
