import Glibc
import JSON
import POSIX
import TestKit

/// A real engine with the demo model, to compare with.
final class LlamaServer: Sendable {
    /// What went wrong before or while it was asked.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let folder = TemporaryFolder()
    private let loop: EventLoop
    private let process: ChildProcess

    /// Starts the engine and waits until it has loaded the model.
    ///
    /// - Throws: `Failure` when there is no engine: a comparison must not be left out unseen.
    init(model: String) async throws {
        guard let prefix = Environment.value("BATON_ENGINE_PREFIX") else {
            throw Failure(description: "BATON_ENGINE_PREFIX is not set; run Scripts/swift test")
        }
        loop = try EventLoop(name: "llama-server")
        let command = ChildCommand(
            path: "\(prefix)/bin/llama-server",
            arguments: [
                "--host", folder.file("s.sock"), "--offline", "-m", model, "--no-ui", "-c", "256",
                "-np", "1", "--fit", "off", "--log-disable",
            ]
        )
        let ended = Inbox<POSIX.ExitStatus>()
        let spawner = Spawner(loop: loop)
        process = try await spawner.startOnLoop(command) { ended.put($0) }
        try await withBlocking { [self] in
            // It tells nobody when it is ready; asking is the only way.
            while try exchange("GET", "/health", nil)?.status != 200 {
                guard ended.isEmpty else { throw Failure(description: "the engine ended") }
                usleep(20_000)
            }
        }
    }

    deinit {
        process.kill()
        loop.stop()
    }

    /// Asks and expects an answer in JSON, whatever its status.
    func post(_ path: String, _ body: JSONValue) async throws -> JSONValue {
        try await withBlocking { [self] in
            guard let answer = try exchange("POST", path, body.serialized) else {
                throw Failure(description: "the engine does not listen")
            }
            return try JSONValue(parsing: answer.body)
        }
    }

    /// One request over a connection of its own; nil when nobody listens yet.
    private func exchange(
        _ method: String,
        _ path: String,
        _ body: [UInt8]?
    ) throws -> (status: Int, body: ArraySlice<UInt8>)? {
        guard let socket = try? Socket.connect(to: folder.file("s.sock")) else { return nil }
        let head = "\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        let length = "Content-Length: \(body?.count ?? 0)\r\nContent-Type: application/json\r\n\r\n"
        try Socket.sendAll(Array((head + length).utf8) + (body ?? []), on: socket.number)
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(socket.number, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            received += chunk.prefix(count)
        }
        let end = Array("\r\n\r\n".utf8)
        let start = received.indices.first { received[$0...].starts(with: end) }
        let status = String(decoding: received.prefix(12).suffix(3), as: UTF8.self)
        guard let start, let status = Int(status) else {
            throw Failure(description: "the engine's answer is cut short")
        }
        return (status, received[(start + 4)...])
    }

    /// Runs what blocks on a thread of its own.
    private func withBlocking<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            do {
                let run = { @Sendable in continuation.resume(with: Swift.Result { try body() }) }
                try NamedThread("ask-engine", run).detach()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
