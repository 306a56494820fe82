import Glibc
import POSIX

/// A Baton program that was started.
///
/// The kernel ends it when the tests end, so that a failed run leaves nothing behind.
final class Program: Sendable {
    let process: ChildProcess
    /// Its standard output.
    let output: Transcript
    /// Its standard error, and that of everything it starts.
    let log: Transcript
    private let status: Promise<ExitStatus>

    /// Where its parent thread is: the processes end with it.
    private static let nursery = Result { try EventLoop(name: "nursery") }

    private init(
        process: ChildProcess,
        output: Transcript,
        log: Transcript,
        status: Promise<ExitStatus>
    ) {
        self.process = process
        self.output = output
        self.log = log
        self.status = status
    }

    /// The folder of the built programs, which is this test program's.
    static var folder: String {
        let program = Files.executable
        return program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
    }

    /// Starts `baton` with arguments, under another name and with another input where they are given.
    static func start(
        _ arguments: [String],
        environment: [String],
        path: String? = nil,
        input: FileDescriptorBox? = nil
    ) async throws -> Program {
        let loop = try nursery.get()
        let (ourOutput, theirOutput) = try Socket.pair()
        let (ourLog, theirLog) = try Socket.pair()
        let status = Promise<ExitStatus>()
        var descriptors: [(number: Int32, box: FileDescriptorBox)] = [
            (1, theirOutput), (2, theirLog),
        ]
        if let input { descriptors.append((number: 0, box: input)) }
        let sandbox = ["--parent", "\(CurrentProcess.id)", "--"]
        let command = ChildCommand(
            path: "\(folder)/baton-launch",
            arguments: sandbox + [path ?? "\(folder)/baton"] + arguments,
            environment: environment,
            descriptors: descriptors
        )
        let process = try await Spawner(loop: loop).startOnLoop(command) { status.fulfil($0) }
        return Program(
            process: process,
            output: try Transcript(of: ourOutput),
            log: try Transcript(of: ourLog),
            status: status
        )
    }

    /// How it ended, once nothing is left of it and what it started.
    func end() async -> ExitStatus {
        let result = await status.value
        await log.end()
        await output.end()
        return result
    }

    /// Sends a signal and waits for the end.
    func end(by signal: Int32) async -> ExitStatus {
        process.signal(signal)
        return await end()
    }
}

/// A value that comes once.
final class Promise<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [CheckedContinuation<Value, Never>] = []
    }

    private let state = Guarded(State())

    /// Gives the value to all who wait and will wait.
    func fulfil(_ value: Value) {
        let waiters = state.withLock { state in
            state.value = value
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// The value; waits for it.
    var value: Value {
        get async {
            await withCheckedContinuation { waiter in
                let value = state.withLock { state in
                    if state.value == nil { state.waiters.append(waiter) }
                    return state.value
                }
                if let value { waiter.resume(returning: value) }
            }
        }
    }
}
