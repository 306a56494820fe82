import DeviceClient
import DeviceProtocol
import JSON
import POSIX
import Testing

@testable import DeviceManager

/// Clients that are told before an engine leaves, and have the last word with it.
@Suite(.timeLimit(.minutes(1))) struct NoticeTests {
    private static let script =
        #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        + "/Fixtures/http_engine.py"

    private func world(footprint: Int = 1 << 20) async throws -> ManagerWorld {
        try await ManagerWorld(["a": [:]], footprint: footprint) { settings in
            settings.treat = { model, footprint in
                var limits = EngineLimits()
                limits.readable = [Self.script]
                return DeviceManager.Settings.Entry(
                    model: model,
                    description: ModelDescription(
                        name: model.name,
                        device: "cpu",
                        footprint: footprint
                    ),
                    limits: limits
                )
            }
        }
    }

    private func definition(
        notice: Duration? = .seconds(10),
        writable: [String] = []
    ) -> ModelDefinition {
        var definition = ModelDefinition(
            name: "h",
            engine: "server",
            files: [:],
            settings: ["arguments": [.string(Self.script), "{socket}"]],
            slots: 1,
            footprint: 1 << 20
        )
        definition.notice = notice
        definition.writable = writable
        return definition
    }

    /// The name of the engine that a turn is on.
    private func turn(_ world: ManagerWorld) async throws -> String? {
        try await world.client.withTicket(models: ["h"], ticketClass: .interactive) { grant in
            grant.engines["h"]
        }
    }

    @Test func aLeavingEngineAnswersUntilItIsLetGo() async throws {
        let world = try await world()
        try await world.client.define(definition())
        let engine = try await turn(world)
        #expect(engine != nil)
        async let unloaded: Void = world.client.unload("h")
        var departures = world.client.departures.makeAsyncIterator()
        let departure = try #require(await departures.next())
        #expect(departure.model == "h")
        #expect(departure.engine == engine)
        #expect(departure.end > .now)
        let conversation = try HTTPConversation(departure.socket, world.clientLoop)
        let pid = try await world.model("h")["pid"]?.integerValue ?? 0
        #expect(try await conversation.get("/echo") == "pid \(pid)")
        #expect(try await world.model("h")["state"] == "draining")
        departure.done()
        try await unloaded
        #expect(try await world.model("h")["state"] == "absent")
        await conversation.untilClosed()
        let next = try await turn(world)
        #expect(next != nil && next != engine, "every engine has a name of its own")
    }

    @Test func oneThatIsLetGoUnseenEnds() async throws {
        let world = try await world()
        try await world.client.define(definition())
        _ = try await turn(world)
        async let unloaded: Void = world.client.unload("h")
        var departures = world.client.departures.makeAsyncIterator()
        _ = await departures.next()
        try await unloaded
        #expect(try await world.model("h")["state"] == "absent")
    }

    @Test func nobodyIsWaitedForLongerThanWasAsked() async throws {
        let world = try await world()
        try await world.client.define(definition(notice: .milliseconds(50)))
        _ = try await turn(world)
        async let unloaded: Void = world.client.unload("h")
        var departures = world.client.departures.makeAsyncIterator()
        let departure = await departures.next()
        try await unloaded
        #expect(try await world.model("h")["state"] == "absent")
        // Too late, and no harm.
        departure?.done()
        #expect(try await turn(world) != nil)
    }

    @Test func aClientThatHasGoneIsNotWaitedFor() async throws {
        let world = try await world()
        let other = world.anotherClient()
        try await other.define(definition())
        _ = try await turn(world)
        other.close()
        try await world.until { $0["clients"]?.arrayValue?.count == 1 }
        try await world.client.unload("h")
        #expect(try await world.model("h")["state"] == "absent")
    }

    @Test func noOtherClientHasTheLastWord() async throws {
        let world = try await world()
        try await world.client.define(definition())
        let engine = try #require(try await turn(world))
        let peer = try world.peer()
        let early = await peer.ask([
            "action": "parted", "engine": .string(engine), "request_id": 1,
        ])
        #expect(early?["status"] == "ok")
        #expect(try await world.model("h")["state"] == "ready", "nobody has asked it to leave")
        async let unloaded: Void = world.client.unload("h")
        var departures = world.client.departures.makeAsyncIterator()
        let departure = await departures.next()
        let refused = await peer.ask([
            "action": "parted", "engine": .string(engine), "request_id": 2,
        ])
        #expect(refused?.code == "forbidden")
        #expect(try await world.model("h")["state"] == "draining")
        departure?.done()
        try await unloaded
    }

    @Test func aModelThatNeedsItsMemoryWaitsForIt() async throws {
        // Of the other model nothing is known but that it takes nearly all there is.
        let world = try await world(footprint: (1 << 30) - 1000)
        try await world.client.define(definition())
        _ = try await turn(world)
        async let computed = world.client.withTicket(models: ["a"], ticketClass: .interactive) {
            try await $0.compute([1], on: "a")
        }
        var departures = world.client.departures.makeAsyncIterator()
        let departure = await departures.next()
        #expect(try await world.model("a")["state"] == "absent")
        departure?.done()
        #expect(try await computed == [2])
        #expect(try await world.model("h")["state"] == "absent")
    }

    @Test func refusesWhatCannotBe() async throws {
        let world = try await world()
        for wrong in [
            definition(notice: .seconds(11)), definition(notice: .zero),
            definition(writable: ["relative"]),
        ] {
            let error = await #expect(throws: DeviceError.self) {
                try await world.client.define(wrong)
            }
            #expect(error?.code == .badRequest)
        }
    }
}
