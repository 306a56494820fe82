import DeviceClient
import DeviceManager
import DeviceProtocol
import JSON
import POSIX
import Testing

/// Models that a client defines while the manager lives.
@Suite(.timeLimit(.minutes(1))) struct DefinitionTests {
    private func world(_ models: [String: JSONObject] = ["a": [:]]) async throws -> ManagerWorld {
        try await ManagerWorld(models) { settings in
            settings.treat = { model, footprint in
                DeviceManager.Settings.Entry(
                    model: model,
                    description: ModelDescription(
                        name: model.name,
                        device: "cpu",
                        footprint: footprint
                    )
                )
            }
        }
    }

    /// A definition of the files of the world's model "a" under another name.
    private func definition(
        _ world: ManagerWorld,
        _ name: String,
        engine: String = "simulated",
        file: String? = nil
    ) -> ModelDefinition {
        ModelDefinition(
            name: name,
            engine: engine,
            files: ["g": file ?? world.file("a/g.json")],
            settings: [:],
            slots: 1,
            footprint: 1 << 20
        )
    }

    private func use(_ model: String, _ world: ManagerWorld) async throws -> [UInt8] {
        try await world.client.withTicket(models: [model], ticketClass: .interactive) {
            try await $0.compute([1], on: model)
        }
    }

    @Test func aDefinedModelIsLoadedAndUsed() async throws {
        let world = try await world()
        await #expect(throws: DeviceError.self) { try await use("b", world) }
        try await world.client.define(definition(world, "b"))
        #expect(try await use("b", world) == [2])
        #expect(try await world.model("b")["state"] == "ready")
        #expect(try await world.model("b")["slots"] == 1)
        // Saying the same again changes nothing.
        try await world.client.define(definition(world, "b"))
        #expect(try await world.model("b")["state"] == "ready")
    }

    @Test func whatIsInUseIsNotDefinedAnew() async throws {
        let world = try await world()
        try await world.client.define(definition(world, "b"))
        try await world.client.load("b", ticketClass: .interactive)
        let other = definition(world, "b", file: world.file("other.json"))
        let error = await #expect(throws: DeviceError.self) {
            try await world.client.define(other)
        }
        #expect(error?.code == .queueFull && error?.retryAfter != nil)
        try await world.client.unload("b")
        try await world.client.define(other)
        #expect(try await world.model("b")["state"] == "absent")
    }

    @Test func refusesWhatCannotBe() async throws {
        let world = try await world()
        let wrong = [
            definition(world, "a"), definition(world, ""),
            definition(world, String(repeating: "b", count: 257)),
            definition(world, "b", file: "relative"),
        ]
        // The installation is at fault, not the request.
        let missing = await #expect(throws: DeviceError.self) {
            try await world.client.define(definition(world, "b", engine: "no such"))
        }
        #expect(missing?.code == .loadFailed && missing?.message.contains("'no such'") == true)
        for definition in wrong {
            let error = await #expect(throws: DeviceError.self) {
                try await world.client.define(definition)
            }
            #expect(error?.code == .badRequest)
        }
    }

    @Test func forgetsWhatNobodyNeedsWhenThereAreTooMany() async throws {
        let world = try await world()
        try await world.client.define(definition(world, "kept"))
        try await world.client.load("kept", ticketClass: .interactive)
        for number in 0..<300 { try await world.client.define(definition(world, "m\(number)")) }
        #expect(try await world.model("kept")["state"] == "ready", "what is in memory stays known")
        #expect(try await world.model("m299")["state"] == "absent")
        #expect(try await world.model("m0").isNull)
        let count = try await world.client.status()["models"]?.arrayValue?.count
        #expect(count == 257, "256 that were defined, and one that was configured")
        #expect(try await use("m299", world) == [2])
        // Its numbers were others' before.
        #expect(try await use("kept", world) == [2])
    }

    @Test func theNewestWishSaysHowLongAModelStays() async throws {
        let world = try await world()
        func use(_ span: ResidencySpan?) async throws {
            _ = try await world.client.withTicket(
                models: ["a"],
                ticketClass: .interactive,
                keepAlive: span
            ) { try await $0.compute([1], on: "a") }
        }
        try await use(.forever)
        #expect(try await world.model("a")["keep_alive_seconds"]?.isNull ?? true)
        try await use(.atMost(.seconds(7)))
        #expect(try await world.model("a")["keep_alive_seconds"]?.doubleValue == 7)
        try await use(nil)
        #expect(try await world.model("a")["keep_alive_seconds"]?.doubleValue == 7)
        try await use(.atMost(.zero))
        try await world.until { $0["models"]?.arrayValue?.first?["state"] == "absent" }
    }
}
