import DeviceProtocol
import JSON
import POSIX
import Testing

/// Who goes first, who is called off, and what is counted.
///
/// A call of a minute holds the engine until it is called off, so nothing here depends on time.
@Suite(.timeLimit(.minutes(1))) struct WorkOrderTests {
    /// Something to send again and again.
    private struct Work {
        let channel: ChannelUnderTest
        let tensor: Tensor
        let buffers: [SharedBuffer]

        init(_ channel: ChannelUnderTest) throws {
            self.channel = channel
            let (tensor, buffer) = try ChannelUnderTest.floats([1], shape: [1])
            self.tensor = tensor
            buffers = [buffer, try SharedBuffer(size: 4)]
        }

        func submit(_ token: String = "token") -> Int {
            channel.submit(
                "g",
                ["x": tensor],
                ["y": (buffers[1], 4)],
                buffers: buffers,
                token: token
            )
        }
    }

    /// An engine whose first call holds it and whose other calls take no time.
    private func held() async throws -> (engine: EngineUnderTest, gate: Work, id: Int) {
        let engine = try await EngineUnderTest.start("simulated")
        let script = try Fixture.script(["calls": ["milliseconds": [60_000, 0]]])
        _ = try await engine.load(["g": script])
        let gate = try Work(engine.channel(token: "gate"))
        let id = gate.submit("gate")
        try await engine.waitUntilRunning("gate")
        return (engine, gate, id)
    }

    private func cancel(_ id: Int, of work: Work) {
        work.channel.peer.send(["action": "cancel", "target": JSONValue(id)])
    }

    @Test func higherClassesOvertake() async throws {
        let (engine, gate, id) = try await held()
        let work = try Work(engine.channel(token: nil))
        for ticketClass in TicketClass.allCases {
            engine.admit(work.channel, ticketClass.rawValue, ticketClass)
        }
        let order = TicketClass.allCases + TicketClass.allCases
        let ids = order.map { work.submit($0.rawValue) }
        // The cancellation comes on another socket and must not be seen first.
        try await engine.wait { $0["queued"]?["realtime"]?.integerValue == 2 }
        cancel(id, of: gate)
        #expect(try await gate.channel.peer.reply(to: id).code == "cancelled")
        var arrived: [Int] = []
        for _ in ids {
            let reply = try await work.channel.peer.next()
            arrived.append(try #require(reply["request_id"]?.integerValue))
        }
        #expect(arrived == [2, 5, 1, 4, 0, 3].map { ids[$0] })
    }

    @Test func aChannelHasBoundedRoomAndTakesNobodyElses() async throws {
        let (engine, gate, id) = try await held()
        let greedy = try Work(engine.channel())
        let modest = try Work(engine.channel())
        let accepted = (0..<64).map { _ in greedy.submit() }
        let reply = try await greedy.channel.peer.reply(to: greedy.submit())
        #expect(reply.code == "queue_full")
        let other = modest.submit()
        cancel(id, of: gate)
        for number in accepted {
            let reply = try await greedy.channel.peer.reply(to: number)
            #expect(reply["status"]?.stringValue == "ok")
        }
        #expect(try await modest.channel.peer.reply(to: other)["status"]?.stringValue == "ok")
    }

    @Test func revokingRefusesWhatWaitsAndInterruptsWhatRuns() async throws {
        let (engine, gate, id) = try await held()
        let waiting = gate.submit("gate")
        // The channel and the control socket are two: the work must have arrived.
        try await engine.wait { $0["queued"]?["interactive"]?.integerValue == 1 }
        engine.revoke(gate.channel, "gate")
        #expect(try await gate.channel.peer.reply(to: waiting).code == "revoked")
        #expect(try await gate.channel.peer.reply(to: id).code == "revoked")
        let idle = try await engine.control.event("idle")
        #expect(idle["token"]?.stringValue == "gate")
        let statistics = try await engine.control.ask(["action": "stats"])
        #expect(statistics["held_us"] == idle["held_us"])
        #expect(statistics["failed"]?.integerValue == 1)
        #expect(statistics["refused"]?.integerValue == 1)
        #expect(statistics["tokens"]?.integerValue == 0)
    }

    @Test func cancellingWaitingWorkAnswersAtOnce() async throws {
        let (engine, _, _) = try await held()
        let work = try Work(engine.channel())
        let first = work.submit()
        let second = work.submit()
        cancel(first, of: work)
        #expect(try await work.channel.peer.reply(to: first).code == "cancelled")
        try await engine.wait { $0["queued"]?["interactive"]?.integerValue == 1 }
        cancel(second, of: work)
        #expect(try await work.channel.peer.reply(to: second).code == "cancelled")
    }

    @Test func aLostClientsWorkIsDroppedAndItsTimeCounted() async throws {
        let (engine, gate, _) = try await held()
        _ = gate.submit("gate")
        gate.channel.peer.close()
        try await engine.wait {
            $0["running"]?.isNull == true && $0["channels"]?.integerValue == 0
        }
        let statistics = try await engine.control.ask(["action": "stats"])
        #expect(statistics["completed"]?.integerValue == 0)
        engine.revoke(gate.channel, "gate")
        let idle = try await engine.control.event("idle")
        #expect(idle["held_us"] == statistics["held_us"])
    }

    @Test func answersPingsWhileItWorksAndReportsProgress() async throws {
        let (engine, _, _) = try await held()
        #expect(try await engine.control.ask(["action": "ping"])["status"]?.stringValue == "ok")
        let first = try await engine.control.event("progress")
        let second = try await engine.control.event("progress")
        #expect(first["token"]?.stringValue == "gate")
        let held = [first, second].compactMap { $0["held_us"]?.integerValue }
        try #require(held.count == 2)
        #expect(held[0] >= 200_000 && held[1] >= 400_000)
    }

    @Test func stoppedTimeIsNotHeldTime() async throws {
        let start = MonotonicTime.now
        let (engine, gate, id) = try await held()
        #expect(engine.process.stop())
        let stopped = MonotonicTime.now
        // What a device manager does meanwhile: another engine has the turn.
        let other = try await EngineUnderTest.start("simulated")
        _ = try await other.load(["g": Fixture.script(["load": ["milliseconds": 150]])])
        let pause = MonotonicTime.now - stopped
        engine.process.resume()
        engine.revoke(gate.channel, "gate")
        #expect(try await gate.channel.peer.reply(to: id).code == "revoked")
        let idle = try await engine.control.event("idle")
        let whole = MonotonicTime.now - start
        let held = Duration.microseconds(try #require(idle["held_us"]?.integerValue))
        // One stop may add half a tick of the engine's clock.
        #expect(held <= whole - pause + .milliseconds(5))
    }
}
