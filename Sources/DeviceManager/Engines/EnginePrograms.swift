/// The programs that engines are.
package struct EnginePrograms: Sendable {
    /// `baton-launch`, which every engine execs first.
    package var launcher: String
    /// The engine's program by engine kind.
    package var engines: [String: String]
    /// The kinds whose programs are HTTP servers; the others speak frames.
    package var httpKinds: Set<String>

    /// Names the programs.
    ///
    /// - Parameters:
    ///   - launcher: The path of `baton-launch`.
    ///   - engines: The path of each engine by kind.
    ///   - httpKinds: The kinds whose programs are HTTP servers.
    package init(launcher: String, engines: [String: String], httpKinds: Set<String> = []) {
        self.launcher = launcher
        self.engines = engines
        self.httpKinds = httpKinds
    }
}
