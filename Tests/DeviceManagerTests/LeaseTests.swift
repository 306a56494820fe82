import DeviceClient
import DeviceManager
import DeviceProtocol
import JSON
import POSIX
import TestKit
import Testing

/// Leases by protocol, beside engines.
@Suite(.timeLimit(.minutes(1))) struct LeaseTests {
    private func wish(_ ticketClass: TicketClass = .background) -> DeviceLease.Wish {
        var wish = DeviceLease.Wish(device: "cpu")
        wish.ticketClass = ticketClass
        return wish
    }

    private func yields(_ event: DeviceLease.Event?) -> Bool {
        if case .yield = event { true } else { false }
    }

    private func proceeds(_ event: DeviceLease.Event?) -> Bool {
        if case .proceed = event { true } else { false }
    }

    @Test func engineAndOutsiderTakeTurns() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let lease = try await world.client.lease(wish())
        #expect(try await world.model("cpu (lease 1)")["engine"] == "lease")
        async let answer = world.anotherClient()
            .withTicket(models: ["a"], ticketClass: .realtime) {
                try await $0.compute([1], on: "a")
            }
        #expect(yields(await lease.next()))
        lease.yielded()
        #expect(proceeds(await lease.next()), "it had to wait for the load and the work")
        #expect(try await answer == [2])
        lease.release()
        try await world.until { $0["tickets"]?.arrayValue?.isEmpty == true }
        #expect(try await world.model("cpu (lease 1)") == .null, "nobody has it")
    }

    @Test func oneThatDoesNotYieldIsEnded() async throws {
        let world = try await ManagerWorld(["a": [:]])
        try await world.client.load("a", ticketClass: .interactive)
        var wish = wish()
        wish.grace = .milliseconds(100)
        let lease = try await world.client.lease(wish)
        async let answer = world.anotherClient()
            .withTicket(models: ["a"], ticketClass: .realtime) {
                try await $0.compute([1], on: "a")
            }
        #expect(yields(await lease.next()))
        guard case .ended(let reason) = await lease.next() else {
            Issue.record("the lease goes on")
            return
        }
        #expect(reason.code == .heldTooLong)
        // Its program has ended: only now may the engine run.
        lease.release()
        #expect(try await answer == [2])
    }

    @Test func aClientThatDisappearsGivesTheDeviceBack() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let other = world.anotherClient()
        let lease = try await other.lease(wish(.realtime))
        other.close()
        let answer = try await world.client.withTicket(models: ["a"], ticketClass: .background) {
            try await $0.compute([1], on: "a")
        }
        #expect(answer == [2])
        if case .lost = await lease.next() {} else { Issue.record("the lease goes on") }
    }

    @Test func itsMemoryCountsAndModelsLeaveForIt() async throws {
        let world = try await ManagerWorld(["a": [:]], budget: 64 << 20, footprint: 40 << 20)
        try await world.client.load("a", ticketClass: .interactive)
        var large = wish()
        large.memory = 60 << 20
        let lease = try await world.client.lease(large)
        #expect(try await world.model("a")["state"] == "absent")
        #expect(try await world.model("cpu (lease 1)")["bytes"] == .init(60 << 20))
        lease.release()
        large.memory = 65 << 20
        let tooLarge = large
        let error = await #expect(throws: DeviceError.self) {
            try await world.client.lease(tooLarge)
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func thereAreFewAndNobodyTakesThemForModels() async throws {
        let world = try await ManagerWorld([:])
        let peer = try world.peer()
        for id in 1...4 {
            peer.send([
                "action": "lease", "request_id": JSONValue(id), "device": "cpu",
                "grace_ms": 60_000,
            ])
        }
        let refused: [(JSONObject, String)] = [
            (["action": "lease", "request_id": 5, "device": "cpu"], "queue_full"),
            (["action": "acquire", "request_id": 6, "model": "cpu (lease 1)"], "unknown_model"),
            (["action": "idle", "request_id": 7, "ticket": 1], "bad_request"),
        ]
        for (frame, code) in refused {
            peer.send(frame)
            var reply = await peer.next()
            // The others have their turns meanwhile.
            while let other = reply, other["request_id"] != frame["request_id"] {
                reply = await peer.next()
            }
            #expect(reply?.code == code)
        }
        // The first one is not ended by what it may not do; the next one waits for it.
        let status = try await world.client.status()
        #expect(status["tickets"]?.arrayValue?.count == 4)
        peer.close()
        try await world.until { $0["tickets"]?.arrayValue?.isEmpty == true }
    }

    @Test(
        arguments: [
            ["action": "lease", "request_id": 1],
            ["action": "lease", "request_id": 1, "device": "gpu9"],
            ["action": "lease", "request_id": 1, "device": "cpu", "memory_bytes": -1],
            ["action": "lease", "request_id": 1, "device": "cpu", "grace_ms": 5],
            ["action": "lease", "request_id": 1, "device": "cpu", "class": "urgent"],
            ["action": "yielded", "request_id": 1],
        ] as [JSONObject]
    )
    func badInputIsRefused(frame: JSONObject) async throws {
        let world = try await ManagerWorld([:])
        let peer = try world.peer()
        #expect(await peer.ask(frame)?.code == "bad_request")
    }

    @Test func aTicketIsNoLease() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let peer = try world.peer()
        _ = await peer.ask(["action": "acquire", "request_id": 1, "model": "a"])
        let yielded: JSONObject = ["action": "yielded", "request_id": 2, "ticket": 1]
        #expect(await peer.ask(yielded)?.code == "bad_request")
    }
}
