import DeviceProtocol
import JSON
import POSIX
import Testing

/// What happens when engines break, are killed or lose their manager.
@Suite(.timeLimit(.minutes(1))) struct FaultTests {
    private func loaded(_ calls: JSONValue) async throws -> (EngineUnderTest, ChannelUnderTest) {
        let engine = try await EngineUnderTest.start("simulated")
        let reply = try await engine.load(["g": Fixture.script(["calls": calls])])
        try #require(reply["status"]?.stringValue == "ok", "\(reply)")
        return (engine, try engine.channel())
    }

    private func run(_ channel: ChannelUnderTest) async throws -> JSONObject {
        try await channel.run("g", [1], shape: [1], capacity: 4).reply
    }

    /// Sends work without waiting for its end.
    private func start(_ channel: ChannelUnderTest) throws -> Int {
        let (tensor, buffer) = try ChannelUnderTest.floats([1], shape: [1])
        let output = try SharedBuffer(size: 4)
        return channel.submit("g", ["x": tensor], ["y": (output, 4)], buffers: [buffer])
    }

    @Test func saysThatItIsSimulated() async throws {
        let (engine, channel) = try await loaded([:])
        #expect(engine.hello["simulated"]?.boolValue == true)
        let description = try await channel.peer.ask(["action": "describe"])
        #expect(description["simulated"]?.boolValue == true)
    }

    @Test func failsOnTheScriptedCallOnly() async throws {
        let (_, channel) = try await loaded(["fail_at": 2])
        #expect(try await run(channel)["status"]?.stringValue == "ok")
        #expect(try await run(channel).code == "inference_failed")
        #expect(try await run(channel)["status"]?.stringValue == "ok")
    }

    @Test func aCrashClosesEverything() async throws {
        let (engine, channel) = try await loaded(["crash_at": 2])
        _ = try await run(channel)
        await #expect(throws: Peer.Closed.self) { try await run(channel) }
        await #expect(throws: Peer.Closed.self) { try await engine.control.event("none such") }
        #expect(await engine.status() == .killed(signal: 6))
    }

    @Test func aHangIsSeenInHeldTimeAndStillAnswersPings() async throws {
        let (engine, channel) = try await loaded(["hang_at": 1])
        let id = try start(channel)
        _ = try await engine.control.event("progress")
        channel.peer.send(["action": "cancel", "target": JSONValue(id)])
        #expect(try await engine.control.ask(["action": "ping"])["status"]?.stringValue == "ok")
        _ = try await engine.control.event("progress")
        engine.process.kill()
        #expect(await engine.status() == .killed(signal: 9))
    }

    @Test func garbageClosesTheClientsEnd() async throws {
        let (_, channel) = try await loaded(["garbage_at": 1])
        await #expect(throws: Peer.Closed.self) { try await run(channel) }
    }

    @Test func leavesWithItsManagerInTheMiddleOfWork() async throws {
        let (engine, channel) = try await loaded(["milliseconds": [60_000]])
        _ = try start(channel)
        try await engine.waitUntilRunning()
        engine.control.close()
        #expect(await engine.status() == .exited(0))
        await #expect(throws: Peer.Closed.self) { try await channel.peer.next() }
    }

    @Test func killedWhileItWorks() async throws {
        let (engine, channel) = try await loaded(["milliseconds": [60_000]])
        let id = try start(channel)
        try await engine.waitUntilRunning()
        #expect(engine.process.stop())
        engine.process.kill()
        #expect(await engine.status() == .killed(signal: 9))
        await #expect(throws: Peer.Closed.self) { try await channel.peer.reply(to: id) }
    }

    @Test func exitsAtStartAsScripted() async throws {
        let arguments = ["--exit-at-start", "7"]
        #expect(try await EngineUnderTest.run("simulated", arguments) == .exited(7))
        #expect(try await EngineUnderTest.run("simulated", ["--nonsense"]) == .exited(2))
    }

    @Test func refusesToLoadAsScripted() async throws {
        let engine = try await EngineUnderTest.start("simulated")
        let script = try Fixture.script(["load": ["refuse": "not today"]])
        let reply = try await engine.load(["g": script])
        #expect(reply.code == "load_failed")
        #expect(reply["error"]?.stringValue == "not today")
        let unknown = try Fixture.script(["loda": [:]])
        #expect(try await engine.load(["g": unknown]).code == "load_failed")
    }

    @Test func occupiesTheMemoryThatItsScriptSays() async throws {
        let engine = try await EngineUnderTest.start("simulated")
        let bytes = 64 << 20
        let script = try Fixture.script(["load": ["bytes": JSONValue(bytes)]])
        let footprint = try await engine.load(["g": script])["footprint_bytes"]?.integerValue
        #expect((bytes..<bytes + (16 << 20)).contains(footprint ?? 0))
    }

    @Test func isStoppedAndContinuedManyTimesWithoutLoss() async throws {
        let (engine, channel) = try await loaded(["milliseconds": [2]])
        for _ in 0..<50 {
            let id = try start(channel)
            #expect(engine.process.stop())
            engine.process.resume()
            #expect(try await channel.peer.reply(to: id)["status"]?.stringValue == "ok")
        }
    }
}
