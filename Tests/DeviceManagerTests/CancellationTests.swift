import DeviceClient
import DeviceManager
import DeviceProtocol
import JSON
import POSIX
import TestKit
import Testing

/// Work that is called off at any step: the device is free for others soon, and nothing is left.
@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    /// Starts work in a task of its own and returns when its engine works.
    private func begin(
        _ world: ManagerWorld,
        on model: String,
        _ ticketClass: TicketClass = .interactive
    ) async throws -> Task<Void, any Error> {
        // Cancelled and awaited by every test.
        let task = Task {
            _ = try await world.client.withTicket(models: [model], ticketClass: ticketClass) {
                try await $0.compute([1], on: model)
            }
        }
        // A ticket that holds the device says nothing: its call may still be on the way.
        try await world.until { report in
            report["models"]?.arrayValue?.contains { state in
                state["name"]?.stringValue == model && state["call_ms"]?.integerValue ?? 0 > 50
            } == true
        }
        return task
    }

    @Test func anEngineThatCannotStopIsEndedForWhoWaits() async throws {
        // The second call of each process never ends and cannot be interrupted.
        let world = try await ManagerWorld(["a": ["calls": ["hang_at": 2]]])
        _ = try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
            try await $0.compute([1], on: "a")
        }
        let hanging = try await begin(world, on: "a")
        let pid = try await world.model("a")["pid"]
        hanging.cancel()
        await #expect(throws: (any Error).self) { try await hanging.value }
        let answer = try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
            try await $0.compute([1], on: "a")
        }
        #expect(answer == [2])
        #expect(try await world.model("a")["pid"] != pid)
    }

    @Test func whoWaitsForAnotherModelDoesNotWaitForAnEngineThatCannotStop() async throws {
        let world = try await ManagerWorld(["a": ["calls": ["hang_at": 1]], "b": [:]])
        try await world.client.load("b", ticketClass: .interactive)
        let hanging = try await begin(world, on: "a")
        hanging.cancel()
        await #expect(throws: (any Error).self) { try await hanging.value }
        let answer = try await world.client.withTicket(models: ["b"], ticketClass: .interactive) {
            try await $0.compute([1], on: "b")
        }
        #expect(answer == [2])
        try await world.until { report in
            report["models"]?.arrayValue?.first?["state"] == "absent"
        }
        #expect(try await world.model("b")["state"] == "ready", "nobody else was harmed")
    }

    @Test func workThatCanBeInterruptedLeavesItsEngineAlive() async throws {
        let world = try await ManagerWorld(["a": ["calls": ["milliseconds": [60_000, 0]]]])
        let long = try await begin(world, on: "a")
        let pid = try await world.model("a")["pid"]
        long.cancel()
        await #expect(throws: (any Error).self) { try await long.value }
        let answer = try await world.client.withTicket(models: ["a"], ticketClass: .interactive) {
            try await $0.compute([1], on: "a")
        }
        #expect(answer == [2])
        #expect(try await world.model("a")["pid"] == pid)
    }

    @Test func aClientThatDisappearsFreesTheDevice() async throws {
        let world = try await ManagerWorld(["a": ["calls": ["hang_at": 1]], "b": [:]])
        let other = world.anotherClient()
        // Ends with its client.
        let lost = Task {
            _ = try await other.withTicket(models: ["a"], ticketClass: .realtime) {
                try await $0.compute([1], on: "a")
            }
        }
        try await world.until { report in
            report["tickets"]?.arrayValue?.contains { $0["state"] == "busy" } == true
        }
        other.close()
        let answer = try await world.client.withTicket(models: ["b"], ticketClass: .background) {
            try await $0.compute([1], on: "b")
        }
        #expect(answer == [2])
        lost.cancel()
        _ = await lost.result
        try await world.until { $0["tickets"]?.arrayValue?.isEmpty == true }
    }
}
