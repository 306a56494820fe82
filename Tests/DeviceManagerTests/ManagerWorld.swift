import Configuration
import DeviceClient
import DeviceManager
import DeviceProtocol
import JSON
import Logging
import Metrics
import POSIX
import TestKit

/// A device manager in this process with real engine processes of the simulated kind, and a client.
final class ManagerWorld: Sendable {
    let manager: DeviceManager
    let client: DeviceClient
    private let folder: TemporaryFolder
    /// Of its own: a world that had the same models may not have left its socket yet.
    private let sockets = TemporaryFolder()
    private let managerLoop: EventLoop
    /// Where clients receive.
    let clientLoop: EventLoop

    /// - Parameters:
    ///   - models: Names and scripts; see the simulated engine for their members.
    ///   - budget: Bytes of the device.
    ///   - footprint: What each model is thought to take before it was measured.
    ///   - folder: Holds each model in a folder of its name.
    ///   - servers: Models whose engines are HTTP servers, and their arguments.
    ///   - adjust: Changes the other settings.
    init(
        _ models: [String: JSONObject],
        budget: Int = 1 << 30,
        footprint: Int = 1 << 20,
        folder: TemporaryFolder = TemporaryFolder(),
        servers: [String: [String]] = [:],
        adjust: (inout DeviceManager.Settings) throws -> Void = { _ in }
    ) async throws {
        var entries = try models.sorted { $0.key < $1.key }.map { name, script in
            let own = folder.file(name)
            try Files.makeFolder(own)
            try Files.replace("\(own)/g.json", with: Self.script(script).serialized)
            let graphs = ["g": "\(own)/g.json"]
            return DeviceManager.Settings.Entry(
                model: Model(name: name, engine: "simulated", graphs: graphs, folder: own),
                description: ModelDescription(name: name, device: "cpu", footprint: footprint)
            )
        }
        entries += servers.sorted { $0.key < $1.key }.map { name, arguments in
            let list = JSONValue.array(arguments.map { .string($0) })
            var limits = EngineLimits()
            // Python reads its own program, which is no model's file.
            limits.readable = arguments.filter { $0.hasPrefix("/") }
            return DeviceManager.Settings.Entry(
                model: Model(
                    name: name,
                    engine: "server",
                    graphs: [:],
                    settings: ["arguments": list]
                ),
                description: ModelDescription(name: name, device: "cpu", footprint: footprint),
                limits: limits
            )
        }
        var settings = DeviceManager.Settings(
            devices: [
                DeviceDescription(name: "cpu", rule: .stopProcess(engines: 1), budget: budget)
            ],
            models: entries,
            programs: EnginePrograms(
                launcher: try Programs.path(of: "baton-launch"),
                engines: [
                    "simulated": try Self.engine(),
                    "server": EngineProgram(path: "/usr/bin/python3", isHTTPServer: true),
                ]
            )
        )
        settings.runtimeFolder = folder.path
        try adjust(&settings)
        let logger = Logger(label: "test", minimum: .error) { _ in }
        managerLoop = try EventLoop(name: "test-manager")
        clientLoop = try EventLoop(name: "test-client")
        manager = DeviceManager(
            settings: settings,
            loop: managerLoop,
            metrics: Metrics(),
            logger: logger
        )
        try await manager.listen(at: sockets.file("socket"), mode: 0o600)
        client = DeviceClient(
            path: sockets.file("socket"),
            name: "test",
            loop: clientLoop,
            logger: logger
        )
        self.folder = folder
    }

    deinit {
        managerLoop.submit { [manager] in manager.assumeIsolated { $0.close() } }
        managerLoop.stop()
        clientLoop.stop()
    }

    /// Another client of the same manager.
    func anotherClient() -> DeviceClient {
        DeviceClient(
            path: sockets.file("socket"),
            name: "other",
            loop: clientLoop,
            logger: Logger(label: "test", minimum: .error) { _ in }
        )
    }

    /// A path in this world's folder.
    func file(_ name: String) -> String { folder.file(name) }

    /// A connection that speaks frames of a test's own.
    func peer() throws -> DevicePeer { try DevicePeer(path: sockets.file("socket"), clientLoop) }

    /// A connected socket that nobody reads.
    func rawSocket() throws -> FileDescriptorBox {
        FileDescriptorBox(try Socket.connect(to: sockets.file("socket"), waits: false))
    }

    /// What the manager reports of a model.
    func model(_ name: String) async throws -> JSONValue {
        let report = try await client.status()
        return report["models"]?.arrayValue?.first { $0["name"]?.stringValue == name } ?? .null
    }

    /// Asks for the status again and again until something holds; bounded by the suite's limit.
    func until(_ holds: @Sendable (JSONValue) -> Bool) async throws {
        while !holds(try await client.status()) { await Task.yield() }
    }

    private static func engine() throws -> EngineProgram {
        EngineProgram(path: try Programs.path(of: "baton-engine-simulated"))
    }

    /// A graph that takes any number of floats and gives as many.
    private static func script(_ behaviour: JSONObject) -> JSONValue {
        let port: (String) -> JSONValue = {
            [["name": .string($0), "dtype": "u8", "shape": [-1]]]
        }
        var script: JSONObject = ["inputs": port("x"), "outputs": port("y")]
        for (name, value) in behaviour.members { script[name] = value }
        return .object(script)
    }
}

extension Grant {
    /// Sends bytes through a model; the simulated engine adds 1 to each.
    func compute(_ bytes: [UInt8], on model: String) async throws -> [UInt8] {
        let input = try SharedBuffer(size: bytes.count)
        let output = try SharedBuffer(size: bytes.count)
        input.memory.bytes.copyBytes(from: bytes)
        let result = try await infer(
            "g",
            of: model,
            inputs: ["x": InputTensor(type: .u8, shape: [bytes.count], buffer: input)],
            outputs: ["y": OutputRoom(buffer: output)]
        )
        let count = result.outputs["y"]?.byteCount ?? 0
        return withExtendedLifetime(output) { Array(output.memory.bytes.prefix(count)) }
    }
}
