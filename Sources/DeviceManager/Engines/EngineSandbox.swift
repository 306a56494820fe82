internal import Glibc
internal import JSON
internal import POSIX
internal import Sandboxing

extension LaunchOptions {
    /// Asks for an engine that reaches nothing but its program, its model and its own folders.
    ///
    /// - Parameters:
    ///   - program: The engine.
    ///   - model: What it will load.
    ///   - limits: What it may use.
    ///   - isStrict: Whether it is started only when every protection holds.
    init(_ program: EngineProgram, model: Model, limits: EngineLimits, isStrict: Bool) {
        self.init(program: program.path)
        confineFully(parent: CurrentProcess.id)
        self.isStrict = isStrict
        withoutProcesses = !limits.mayStartProcesses
        memory = limits.memory
        files = limits.files
        niceness = limits.niceness == 0 ? nil : limits.niceness
        // The folder holds what a graph's file refers to; the files themselves may be links out of it.
        readable = program.libraries + (model.folder.map { [$0] } ?? [])
        readable += model.graphs.values.sorted() + limits.readable
        executable = limits.mayStartProcesses ? limits.readable : []
        writable = limits.writable
        devices = program.devices
    }
}

extension EngineLimits {
    /// Why an engine ended, with the limit that may have been the cause.
    func reason(for status: ExitStatus) -> String {
        let reason = "its engine \(status)"
        // Programs to which memory is refused mostly abort; the kernel itself kills nobody for it.
        guard case .killed(SIGABRT) = status, let memory else { return reason }
        return reason + " (its private memory is limited to \(memory) bytes)"
    }
}

extension SandboxReport {
    /// The report as the status shows it.
    var json: JSONValue {
        [
            "active": .array(active.map { .string($0.rawValue) }),
            "missing": .array(
                missing.map {
                    ["protection": .string($0.protection.rawValue), "reason": .string($0.reason)]
                }
            ),
        ]
    }
}
