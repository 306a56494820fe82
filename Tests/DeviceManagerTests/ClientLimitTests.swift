import DeviceClient
import DeviceProtocol
import JSON
import POSIX
import Testing

@testable import DeviceManager

/// What one client and one user may have open, as values.
@Suite struct ClientLedgerTests {
    private var limits: ClientLimits {
        var limits = ClientLimits()
        limits.connections = 3
        limits.connectionsPerUser = 2
        limits.ticketsPerConnection = 2
        limits.requestsPerConnection = 3
        return limits
    }

    @Test func countsConnectionsInAllAndByUser() {
        var ledger = ConnectionLedger(limits: limits)
        #expect(ledger.admit(1) == nil)
        #expect(ledger.admit(1) == nil)
        #expect(ledger.admit(1)?.code == .queueFull)
        #expect(ledger.admit(2) == nil)
        let full = ledger.admit(2)
        #expect(full?.code == .queueFull)
        #expect(full?.retryAfter == .seconds(1))
        ledger.leave(1)
        #expect(ledger.admit(2) == nil)
        ledger.leave(7)
        #expect(ledger.admit(3)?.code == .queueFull)
    }

    @Test func countsTicketsAndUnansweredRequests() throws {
        var account = ClientAccount(limits: limits)
        try account.openTicket(for: 1)
        try account.openTicket(for: 2)
        #expect(throws: DeviceError.self) { try account.openTicket(for: 3) }
        // A refused ticket leaves nothing behind.
        #expect(account.requests == [1, 2])
        try account.open(3)
        let error = #expect(throws: DeviceError.self) { try account.open(4) }
        #expect(error?.code == .queueFull)
        account.answered(1)
        account.answered(99)
        try account.open(4)
        account.ticketEnded()
        #expect(account.tickets == 1)
    }
}

/// The limits at work.
@Suite(.timeLimit(.minutes(1))) struct ClientLimitTests {
    @Test func refusesConnectionsBeyondTheLimitWithAReason() async throws {
        let world = try await ManagerWorld([:]) { $0.clientLimits.connectionsPerUser = 2 }
        try await world.client.ping()
        let peer = try world.peer()
        #expect(await peer.ask(["action": "ping", "request_id": 1])?["status"] == "ok")
        let third = try world.peer()
        let last = await third.next()
        #expect(last?["event"] == "closed")
        #expect(last?.code == "queue_full")
        #expect(last?["retry_after_ms"] == 1000)
        #expect(await third.next() == nil)
        let error = await #expect(throws: DeviceError.self) {
            try await world.anotherClient().ping()
        }
        #expect(error?.code == .queueFull)
        #expect(error?.retryAfter == .seconds(1))
        // Who leaves makes room.
        peer.close()
        try await world.until { $0["clients"]?.arrayValue?.count == 1 }
        try await world.anotherClient().ping()
    }

    @Test func refusesTicketsAndRequestsBeyondTheLimit() async throws {
        let world = try await ManagerWorld(["a": ["load": ["milliseconds": 3_600_000]]]) {
            $0.clientLimits.ticketsPerConnection = 2
            $0.clientLimits.requestsPerConnection = 3
        }
        let peer = try world.peer()
        let acquire: (Int) -> JSONObject = {
            ["action": "acquire", "models": ["a"], "request_id": JSONValue($0)]
        }
        peer.send(acquire(1))
        peer.send(acquire(2))
        let refused = await peer.ask(acquire(3))
        #expect(refused?.code == "queue_full")
        #expect(refused?["request_id"] == 3)
        #expect(refused?["retry_after_ms"] == 1000)
        // The model is loading, so this waits as well.
        peer.send(["action": "unload", "model": "a", "request_id": 4])
        let full = await peer.ask(["action": "unload", "model": "a", "request_id": 5])
        #expect(full?.code == "queue_full")
        // What is answered at once always is.
        #expect(await peer.ask(["action": "ping", "request_id": 6])?["status"] == "ok")
        // Another client has limits of its own.
        let other = try world.peer()
        other.send(acquire(1))
        #expect(await other.ask(["action": "ping", "request_id": 2])?["status"] == "ok")
        // A ticket that ends makes room for another.
        peer.send(["action": "cancel", "target": 1])
        #expect(await peer.next()?.code == "cancelled")
        peer.send(["action": "cancel", "target": 4])
        #expect(await peer.next()?.code == "cancelled")
        peer.send(acquire(7))
        #expect(await peer.ask(["action": "ping", "request_id": 8])?["request_id"] == 8)
        try await world.until { $0["tickets"]?.arrayValue?.count == 3 }
    }

    @Test func answersWhoReleasesBeforeTheGrant() async throws {
        let world = try await ManagerWorld(["a": ["load": ["milliseconds": 3_600_000]]])
        let peer = try world.peer()
        peer.send(["action": "acquire", "models": ["a"], "request_id": 1])
        try await world.until { $0["tickets"]?.arrayValue?.count == 1 }
        let ticket = try await world.client.status()["tickets"]?.arrayValue?.first?["ticket"]
        peer.send(["action": "release", "ticket": try #require(ticket), "request_id": 2])
        let ended = await peer.next()
        #expect(ended?["request_id"] == 1)
        #expect(ended?.code == "cancelled")
        #expect(await peer.next()?["request_id"] == 2)
    }
}
