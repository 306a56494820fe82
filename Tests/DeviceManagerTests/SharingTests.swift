import DeviceClient
import DeviceManager
import DeviceProtocol
import JSON
import POSIX
import TestKit
import Testing

/// What the scheduler's settings and members of requests do in a manager with real processes.
@Suite(.timeLimit(.minutes(1))) struct SharingTests {
    @Test func preloadsTheModelsThatAreToBeThere() async throws {
        let world = try await ManagerWorld(["a": [:], "b": [:]]) { settings in
            settings.models[0].isPreloaded = true
        }
        await world.manager.preload()
        try await world.until { report in
            report["models"]?.arrayValue?.first?["state"]?.stringValue == "ready"
        }
        #expect(try await world.model("b")["state"] == "absent")
        #expect(try await world.client.status()["tickets"]?.arrayValue?.isEmpty == true)
    }

    @Test func aModelThatCannotBePreloadedHarmsNothing() async throws {
        let world = try await ManagerWorld(
            ["a": ["load": ["refuse": "no weights"]], "b": [:]]
        ) { settings in
            settings.models[0].isPreloaded = true
        }
        await world.manager.preload()
        let answer = try await world.client.withTicket(models: ["b"], ticketClass: .interactive) {
            try await $0.compute([1], on: "b")
        }
        #expect(answer == [2])
        try await world.until { $0["tickets"]?.arrayValue?.isEmpty == true }
    }

    @Test func aTicketThatNamesNoClassGetsTheModels() async throws {
        let world = try await ManagerWorld(["a": [:], "b": [:]]) { settings in
            settings.models[0].usualClass = .background
        }
        let peer = try world.peer()
        let low = await peer.ask(["action": "acquire", "model": "a", "request_id": 1])
        #expect(low?["class"] == "background")
        let named = await peer.ask(
            ["action": "acquire", "model": "a", "class": "interactive", "request_id": 2]
        )
        #expect(named?["class"] == "interactive")
    }

    @Test(arguments: [
        ("work", JSONValue(0)), ("work", "many"), ("work", JSONValue(-1)),
        ("sub_key", JSONValue(7)), ("sub_key", ""), ("class", "urgent"),
        ("key", .string(String(repeating: "k", count: 257))),
    ])
    func refusesMembersThatMeanNothing(name: String, value: JSONValue) async throws {
        let world = try await ManagerWorld(["a": [:]])
        let peer = try world.peer()
        var request: JSONObject = ["action": "acquire", "model": "a", "request_id": 1]
        request[name] = value
        let answer = await peer.ask(request)
        #expect(answer?.code == "bad_request")
        #expect(answer?["error"]?.stringValue?.contains(name) == true)
    }

    @Test func refusesAtOnceWhatWouldComeTooLate() async throws {
        let world = try await ManagerWorld(["a": ["calls": ["milliseconds": [200]]]]) {
            $0.models[0].description.slots = 1
        }
        for _ in 0..<5 {
            try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
                _ = try await $0.compute([1], on: "a")
            }
        }
        let peer = try world.peer()
        let held = await peer.ask(["action": "acquire", "model": "a", "request_id": 1])
        #expect(held?["status"] == "granted")
        let refused = await peer.ask(
            ["action": "acquire", "model": "a", "deadline_ms": 1, "request_id": 2]
        )
        // What is left of the first one's time may be over on a slow machine, then it is let wait.
        if refused?.code == "deadline_unreachable" {
            #expect((refused?["predicted_wait_ms"]?.integerValue ?? 0) > 1)
            #expect((refused?["retry_after_ms"]?.integerValue ?? 0) > 0)
        } else {
            #expect(refused?.code == "expired")
        }
    }

    @Test func twoEqualsThatBothWorkTakeTurns() async throws {
        let world = try await ManagerWorld([
            "a": ["calls": ["milliseconds": [600]]], "b": ["calls": ["milliseconds": [600]]],
        ]) { settings in
            settings.devices[0].quantum = .milliseconds(20)
        }
        let watcher = try world.peer()
        _ = await watcher.ask(
            ["action": "subscribe", "events": ["devices"], "request_id": 1]
        )
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for model in ["a", "b"] {
                group.addTask {
                    try await world.client.withTicket(models: [model], ticketClass: .interactive) {
                        try await $0.compute([1], on: model)
                    }
                }
            }
            for try await answer in group { #expect(answer == [2]) }
        }
        watcher.send(["action": "ping", "request_id": 2])
        var holders: [String] = []
        while let frame = await watcher.next(), frame["request_id"] != 2 {
            guard let holder = frame["baton"]?.arrayValue?.first?.stringValue else { continue }
            if holders.last != holder { holders.append(holder) }
        }
        // Each works for 600 ms in turns of 20 ms, so that neither is done before the other's first.
        #expect(holders.count >= 4, "\(holders)")
        #expect(try await world.model("a")["stopped"] == false)
        #expect(try await world.model("b")["stopped"] == false)
    }
}
