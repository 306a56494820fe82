internal import Glibc
package import POSIX

/// Makes weights smaller with llama.cpp's own program, `llama-quantize`, in a process of its own.
package struct LlamaQuantizer: Sendable {
    private let command: ChildCommand

    /// Names the program.
    ///
    /// - Parameter command: How it is started, up to the files: its path, with arguments where
    ///   another program confines it, and its environment.
    package init(_ command: ChildCommand) {
        self.command = command
    }

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - job: The files.
    ///   - progress: Told after each tensor which part of the work is done; false ends the process.
    /// - Throws: `StoreError`: `.quantization` with the program's last words, `.cancelled`,
    ///   `.system` when it cannot be started.
    package func run(
        _ job: QuantizationJob,
        _ progress: (Double) -> Bool
    ) throws(StoreError) {
        let loop = try StoreCalls.run { () throws(SystemError) in
            try EventLoop(name: "quantize")
        }
        defer { loop.stop() }
        let (ours, theirs) = try StoreCalls.run { () throws(SystemError) in try Socket.pair() }
        let end = Ending()
        start(job, theirs, loop, end)
        try end.started.get()
        let (words, isCancelled) = Self.read(ours, progress, end)
        let status = end.wait()
        guard !isCancelled else { throw .cancelled }
        guard status == .exited(0) else {
            let last = words.isEmpty ? "it said nothing" : words.joined(separator: "; ")
            throw .quantization("llama-quantize \(status): \(last)")
        }
    }

    private func start(
        _ job: QuantizationJob,
        _ output: FileDescriptorBox,
        _ loop: EventLoop,
        _ end: Ending
    ) {
        var command = command
        command.arguments += [job.source, job.target, job.type]
        command.descriptors += [(1, output), (2, output)]
        let begun = command
        loop.submit {
            let spawner = Spawner(loop: loop)
            end.begin(
                Result { () throws(SystemError) in
                    try spawner.start(begun) { status in
                        // Naming the spawner keeps it until its child has ended. Whoever else has
                        // the child's output open, this process among them, it ends now.
                        _ = spawner
                        _ = shutdown(output.number, CInt(SHUT_WR))
                        end.end(status)
                    }
                }
            )
        }
    }

    /// Reads what the program says until it has ended.
    ///
    /// - Returns: The last lines that tell of an error, or the last line, and whether it was called
    ///   off.
    private static func read(
        _ output: FileDescriptorBox,
        _ progress: (Double) -> Bool,
        _ end: Ending
    ) -> (words: [String], isCancelled: Bool) {
        var line: [UInt8] = []
        var words: [String] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        var isCancelled = false
        while true {
            let count = unsafe Glibc.read(output.number, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return (words, isCancelled) }
            for byte in chunk.prefix(count) {
                guard byte == UInt8(ascii: "\n") || line.count > 1000 else {
                    line.append(byte)
                    continue
                }
                let text = String(decoding: line, as: UTF8.self)
                line = []
                if let part = part(of: text) {
                    if !isCancelled, !progress(part) {
                        isCancelled = true
                        end.kill()
                    }
                } else if text.contains("error") || text.contains("failed") {
                    words = (words + [text]).suffix(2)
                }
            }
        }
    }

    /// Which part of the work a line tells of: `[  12/ 291] blk.0…`; nil for other lines.
    static func part(of line: String) -> Double? {
        guard line.hasPrefix("["), let bracket = line.firstIndex(of: "]") else { return nil }
        let numbers = line[..<bracket].dropFirst().split(separator: "/").map { word in
            Double(String(word.filter { $0 != " " }))
        }
        guard numbers.count == 2, let done = numbers[0], let total = numbers[1], total > 0 else {
            return nil
        }
        return min(max(done / total, 0), 1)
    }
}

/// The beginning and the end of a process, for a thread that waits for them.
private final class Ending: Sendable {
    private let beginning = Guarded<Result<ChildProcess, SystemError>?>(nil)
    private let status = Guarded<ExitStatus?>(nil)
    private let hasBegun = Semaphore()
    private let hasEnded = Semaphore()

    func begin(_ result: Result<ChildProcess, SystemError>) {
        beginning.withLock { $0 = result }
        hasBegun.post()
    }

    func end(_ status: ExitStatus) {
        self.status.withLock { $0 = status }
        hasEnded.post()
    }

    /// Whether it was started; waits until that is known.
    var started: Result<Void, StoreError> {
        hasBegun.wait()
        return switch beginning.withLock({ $0 }) {
        case .failure(let error): .failure(.system(error))
        default: .success(())
        }
    }

    func kill() {
        if case .success(let process)? = beginning.withLock({ $0 }) { process.kill() }
    }

    func wait() -> ExitStatus {
        hasEnded.wait()
        return status.withLock { $0 } ?? .exited(0)
    }
}
