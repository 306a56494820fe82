import DeviceClient
import Glibc
import JSON
import Logging
import POSIX
import TestKit
import Testing

/// Baton with folders and ports of a test's own.
final class Installation: Sendable {
    let folder = TemporaryFolder()
    /// Where the OCR service listens.
    let port: UInt16
    /// Where the device manager's status page is.
    let statusPort: UInt16
    private let loop: EventLoop
    private let programs = Guarded<[Program]>([])
    private let limits = "processing:\n  max_batch_images: 3\n"

    private init() throws {
        port = try Self.freePort()
        statusPort = try Self.freePort()
        loop = try EventLoop(name: "integration")
        for name in ["config", "state", "cache", "run"] { try Files.makeFolder(folder.file(name)) }
        try write("device.yaml", "server:\n  status_port: \(statusPort)\n")
        try write("language.yaml", "server:\n  port: \(try Self.freePort())\n")
        try write("vision.yaml", "server:\n  port: \(try Self.freePort())\n")
        let server = "server:\n  port: \(port)\n  max_body_size: \(Self.bodyLimit)\n"
        try write("ocr.yaml", server + limits)
    }

    /// Runs a test with an installation, and ends what is left of it afterwards.
    static func with<Value>(_ body: (Installation) async throws -> Value) async throws -> Value {
        let installation = try Installation()
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(installation))
        } catch {
            result = .failure(error)
        }
        for program in installation.programs.withLock({ $0 }) {
            program.process.kill()
            _ = await program.end()
        }
        installation.loop.stop()
        return try result.get()
    }

    /// Largest body that the OCR service takes.
    static let bodyLimit = 1 << 20

    /// Where clients reach the device manager.
    var socket: String { folder.file("run/device.sock") }

    /// Writes a configuration file.
    func write(_ name: String, _ text: String) throws {
        try Files.replace(folder.file("config/\(name)"), with: Array(text.utf8))
    }

    /// A port that nobody listens on, given once.
    ///
    /// Below those that the kernel gives to clients: other tests connect by the hundred, and one of
    /// them would now and then get the port before the program that it is meant for.
    static func freePort() throws -> UInt16 {
        for _ in 0..<12_000 {
            let count = lastPort.withLock { last in
                last += 1
                return last
            }
            let port = UInt16(20_000 + (Int(CurrentProcess.id) * 97 + count) % 12_000)
            let listener = try? FileDescriptorBox(TCPListener.open("127.0.0.1", port: port))
            if listener != nil { return port }
        }
        throw SystemError(code: EADDRINUSE, operation: "find a free port")
    }

    private static let lastPort = Guarded(0)

    // MARK: Programs

    /// Starts `baton` with arguments.
    func start(_ arguments: String...) async throws -> Program {
        try await start(arguments)
    }

    /// Starts `baton` with arguments.
    func start(_ arguments: [String]) async throws -> Program {
        let own = [
            "BATON_CACHE_DIR=\(folder.file("cache"))", "BATON_CONFIG_DIR=\(folder.file("config"))",
            "BATON_RUNTIME_DIR=\(folder.file("run"))", "BATON_STATE_DIR=\(folder.file("state"))",
        ]
        let foreign = ["BATON_LOG=", "JOURNAL_STREAM=", "NOTIFY_SOCKET=", "WATCHDOG_"]
        let replaced = own.map { $0.prefix { $0 != "=" } + "=" } + foreign.map { $0[...] }
        let others = Environment.all.filter { entry in
            !replaced.contains { entry.hasPrefix($0) }
        }
        let program = try await Program.start(arguments, environment: others + own)
        programs.withLock { $0.append(program) }
        return program
    }

    /// Starts the OCR service and waits until it has found the device manager.
    func startService(_ arguments: String...) async throws -> Program {
        let program =
            if let file = arguments.first {
                try await start("serve", "ocr", "--config", file)
            } else {
                try await start("serve", "ocr")
            }
        try #require(
            await program.log.next("readiness", "state=ready") != nil,
            "\(program.log.text)"
        )
        return program
    }

    /// Starts everything with `baton up`, and waits until requests are served.
    func up() async throws -> Program {
        let program = try await start("up")
        try #require(
            await program.log.next("ocr: readiness", "state=ready") != nil,
            "\(program.log.text)"
        )
        return program
    }

    // MARK: Questions

    /// Asks the OCR service.
    func request(
        _ method: String,
        _ path: String,
        _ headers: [String] = [],
        body: [UInt8]? = nil
    ) async throws -> RawClient.Response {
        try await RawClient(port: port).request(method, path, headers, body: body)
    }

    /// Posts JSON to the OCR service.
    func post(_ path: String, _ json: JSONValue) async throws -> RawClient.Response {
        try await request(
            "POST",
            path,
            ["Content-Type: application/json"],
            body: json.serialized
        )
    }

    /// A client of the device manager that waits long for one that went away.
    func client(patience: Duration = .seconds(50)) -> DeviceClient {
        DeviceClient(
            path: socket,
            name: "tests",
            loop: loop,
            logger: Logger(label: "tests") { _ in },
            patience: patience
        )
    }

    /// What the device manager reports over its socket.
    func report() async throws -> JSONValue {
        let client = client()
        defer { client.close() }
        return try await client.status()
    }

    /// The process of the model's engine.
    func engine() async throws -> Int32 {
        let models = try await report()["models"]?.arrayValue ?? []
        return try #require(models.compactMap { $0["pid"]?.integerValue }.first.map { Int32($0) })
    }

    /// Waits until tickets run, of which one question after the other tells.
    func untilBusy() async throws {
        try await eventually("a ticket is busy") {
            let tickets = try await report()["tickets"]?.arrayValue ?? []
            return tickets.contains { $0["state"] == "busy" }
        }
    }
}

/// Asks until the answer is yes; every question is an exchange with another process.
func eventually(
    _ what: Comment,
    attempts: Int = 20_000,
    _ condition: () async throws -> Bool
) async throws {
    for _ in 0..<attempts {
        if try await condition() { return }
        await Task.yield()
    }
    Issue.record("not seen in \(attempts) attempts: \(what)")
}

extension RawClient.Response {
    /// The body as JSON; null when it is none.
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
}
