import DeviceClient
import DeviceProtocol
import Glibc
import JSON
import POSIX
import TestKit
import Testing

/// What clients notice of a device manager that is killed and comes back: nothing, where it can be.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ReconnectTests {
    /// An installation with the simulated model "a", and its manager.
    private func with(
        load: JSONObject = [:],
        _ body: (Installation, Manager) async throws -> Void
    ) async throws {
        try await Installation.with { baton in
            let folder = baton.folder.file("models/a")
            try Files.makeFolder(folder)
            let model: JSONValue = [
                "name": "a", "engine": "simulated", "graphs": ["g": ["file": "g.json"]],
            ]
            try Files.replace("\(folder)/model.json", with: model.serialized)
            try Self.write(load, in: baton)
            try baton.write(
                "device.yaml",
                """
                server:
                  status_port: 0
                models:
                  folders: ["\(baton.folder.file("models"))"]
                """
            )
            try await body(baton, try await Manager(baton))
        }
    }

    private static func write(_ load: JSONObject, in baton: Installation) throws {
        let port: (String) -> JSONValue = {
            [["name": .string($0), "dtype": "u8", "shape": [-1]]]
        }
        let script: JSONValue = [
            "inputs": port("x"), "outputs": port("y"), "load": .object(load),
        ]
        try Files.replace(baton.folder.file("models/a/g.json"), with: script.serialized)
    }

    /// A device manager that can be killed and started again.
    private final class Manager: Sendable {
        private let baton: Installation
        private let program: Guarded<Program>

        init(_ baton: Installation) async throws {
            self.baton = baton
            program = Guarded(try await Self.start(baton))
        }

        private static func start(_ baton: Installation) async throws -> Program {
            let program = try await baton.start("device")
            try #require(await program.log.next("listening") != nil, "\(program.log.text)")
            return program
        }

        func kill() async {
            _ = await program.withLock { $0 }.end(by: SIGKILL)
        }

        func start() async throws {
            let new = try await Self.start(baton)
            program.withLock { $0 = new }
        }
    }

    /// Sends a byte through the model, which adds 1 to it.
    private func compute(_ grant: Grant) async throws -> UInt8 {
        let buffer = try SharedBuffer(size: 1)
        buffer.memory.bytes[0] = 41
        let room = try SharedBuffer(size: 1)
        _ = try await grant.infer(
            "g",
            of: "a",
            inputs: ["x": InputTensor(type: .u8, shape: [1], buffer: buffer)],
            outputs: ["y": OutputRoom(buffer: room)]
        )
        return withExtendedLifetime(room) { room.memory.bytes[0] }
    }

    @Test func asksAgainBetweenTwoManagers() async throws {
        try await with { baton, manager in
            let client = baton.client()
            let work: [@Sendable () async throws -> Void] = [
                { try await client.ping() },
                { _ = try await client.status() },
                { try await client.load("a", ticketClass: .interactive) },
                {
                    let answer = try await client.withTicket(
                        models: ["a"],
                        ticketClass: .interactive
                    ) { try await self.compute($0) }
                    #expect(answer == 42)
                },
            ]
            for ask in work {
                try await ask()
                await manager.kill()
                // Asked while there is no manager.
                async let answer: Void = ask()
                try await manager.start()
                try await answer
            }
        }
    }

    @Test func asksAgainForWhatWasWaitedFor() async throws {
        try await with(load: ["milliseconds": 3_600_000]) { baton, manager in
            let client = baton.client()
            async let load: Void = client.load("a", ticketClass: .interactive)
            async let answer = client.withTicket(
                models: ["a"],
                ticketClass: .interactive,
                deadline: .seconds(50)
            ) { try await self.compute($0) }
            try await eventually("both wait") {
                try await baton.report()["tickets"]?.arrayValue?.count == 2
            }
            await manager.kill()
            try Self.write([:], in: baton)
            try await manager.start()
            try await load
            #expect(try await answer == 42)
        }
    }

    @Test func repeatsWorkThatLostItsManagerOnce() async throws {
        try await with { baton, manager in
            let client = baton.client()
            let runs = Guarded(0)
            let answer = try await client.withTicket(models: ["a"], ticketClass: .interactive) {
                if runs.withLock({
                    $0 += 1; return $0
                }) == 1 {
                    await manager.kill()
                    try await manager.start()
                }
                return try await self.compute($0)
            }
            #expect(answer == 42)
            #expect(runs.withLock { $0 } == 2)
            #expect(try await baton.report()["tickets"] == [])
        }
    }

    @Test func givesUpOnWorkThatLosesTwoManagers() async throws {
        try await with { baton, manager in
            let client = baton.client()
            let runs = Guarded(0)
            let error = await #expect(throws: DeviceError.self) {
                try await client.withTicket(models: ["a"], ticketClass: .interactive) {
                    runs.withLock { $0 += 1 }
                    await manager.kill()
                    try await manager.start()
                    return try await self.compute($0)
                }
            }
            #expect(error?.code == .unavailable)
            #expect(runs.withLock { $0 } == 2)
        }
    }

    @Test func repeatsNothingAfterCancellation() async throws {
        try await with { baton, manager in
            let client = baton.client()
            let runs = Guarded(0)
            // Awaited below; it cancels itself, which must not cancel the test.
            let work = Task {
                try await client.withTicket(models: ["a"], ticketClass: .interactive) {
                    runs.withLock { $0 += 1 }
                    await manager.kill()
                    withUnsafeCurrentTask { $0?.cancel() }
                    return try await self.compute($0)
                }
            }
            await #expect(throws: DeviceError.self) { try await work.value }
            #expect(runs.withLock { $0 } == 1)
        }
    }

    @Test func givesUpWhenNoManagerComesInTime() async throws {
        try await with { baton, manager in
            let client = baton.client(patience: .milliseconds(50))
            try await client.ping()
            await manager.kill()
            for _ in 0..<2 {
                let error = await #expect(throws: DeviceError.self) { try await client.ping() }
                #expect(error?.code == .unavailable)
                #expect(error?.retryAfter != nil)
            }
            try await manager.start()
            try await client.ping()
        }
    }
}
