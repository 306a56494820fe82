import Glibc
import POSIX
import Sandboxing

/// Starts programs and collects what they write.
struct Runner {
    /// A program that was started.
    struct Started: Sendable {
        let process: ChildProcess
        let output: FileDescriptorBox
        let exits: AsyncStream<ExitStatus>
    }

    private let loop: EventLoop

    /// Creates a runner whose children live at most as long as its loop.
    init(loop: EventLoop) {
        self.loop = loop
    }

    /// The launcher beside this test program.
    static var launcher: String {
        let program = Files.executable
        let folder = program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
        return "\(folder)/baton-launch"
    }

    /// Runs a test with a runner.
    static func with<Result>(_ body: (Runner) async throws -> Result) async throws -> Result {
        let loop = try EventLoop(name: "launch-test")
        defer { loop.stop() }
        return try await body(Runner(loop: loop))
    }

    /// Runs a program under the launcher to its end.
    func launch(
        _ options: [String],
        _ program: [String]
    ) async throws -> (output: String, status: ExitStatus?) {
        let started = try await start([Self.launcher] + options + ["--"] + program)
        let output = try await Self.text(of: started.output)
        return (output, await started.exits.first { _ in true })
    }

    /// What a shell script says under the launcher.
    ///
    /// A script of the shell's own words starts no process, so that it works where none may start.
    static func shell(_ options: [String], _ script: String) async throws -> String {
        try await with { try await $0.launch(options, ["/bin/bash", "-c", script]).output }
    }

    /// What a Python script says under the launcher.
    static func python(_ options: [String], _ script: String) async throws -> String {
        try await with { try await $0.launch(options, ["/usr/bin/python3", "-c", script]).output }
    }

    /// What the launcher reports, and how the program ends.
    func report(
        _ options: LaunchOptions,
        launcher: String = Self.launcher
    ) async throws -> (report: SandboxReport?, status: ExitStatus) {
        let box = Guarded<SandboxReport?>(nil)
        let (ours, theirs) = try Socket.pair()
        // Open to the end: nobody reads, but a write into a closed socket would end the launcher.
        defer { withExtendedLifetime(ours) {} }
        let status = try await withCheckedThrowingContinuation {
            (waiter: CheckedContinuation<ExitStatus, any Error>) in
            loop.submit { [loop] in
                do {
                    // The report at the end has what came after the first words, too.
                    let started = Guarded<ConfinedProcess?>(nil)
                    let process = try ConfinedProcess(
                        options,
                        launcher: launcher,
                        descriptors: [(1, theirs), (2, theirs)],
                        spawner: Spawner(loop: loop),
                        loop: loop,
                        onExit: { status in
                            box.withLock { $0 = started.withLock { $0 }?.report }
                            waiter.resume(returning: status)
                        }
                    )
                    started.withLock { $0 = process }
                } catch {
                    waiter.resume(throwing: error)
                }
            }
        }
        return (box.withLock { $0 }, status)
    }

    /// Starts a program; its standard output and error arrive in `output`.
    func start(_ words: [String]) async throws -> Started {
        let (ours, theirs) = try Socket.pair()
        let (exits, exit) = AsyncStream<ExitStatus>.makeStream()
        let command = ChildCommand(
            path: words[0],
            arguments: Array(words.dropFirst()),
            descriptors: [(1, theirs), (2, theirs)]
        )
        let process = try await Spawner(loop: loop).startOnLoop(command) { exit.yield($0) }
        return Started(process: process, output: ours, exits: exits)
    }

    /// Everything that is written until the last writer has ended.
    ///
    /// - Parameter onText: Called with what was written so far, on a thread that may block.
    static func text(
        of output: FileDescriptorBox,
        onText: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> String {
        try await withCheckedThrowingContinuation {
            (waiter: CheckedContinuation<String, any Error>) in
            do {
                try NamedThread("read-output") {
                    var bytes: [UInt8] = []
                    var chunk = [UInt8](repeating: 0, count: 4096)
                    while true {
                        let count = unsafe read(output.number, &chunk, chunk.count)
                        guard count > 0 else { break }
                        bytes += chunk.prefix(count)
                        onText(String(decoding: bytes, as: UTF8.self))
                    }
                    waiter.resume(returning: String(decoding: bytes, as: UTF8.self))
                }.detach()
            } catch {
                waiter.resume(throwing: error)
            }
        }
    }
}
