import DeviceClient
import DeviceProtocol
import JSON
import POSIX
import TestKit
import Testing

@testable import DeviceManager

/// What subscribers are told.
@Suite(.timeLimit(.minutes(1))) struct EventTests {
    @Test func tellsTheLifeOfATicketInOrder() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let peer = try world.peer()
        #expect(
            await peer.ask(["action": "subscribe", "events": ["tickets"], "request_id": 1])
                == ["status": "ok", "request_id": 1]
        )
        let other = try world.peer()
        let grant = await other.ask([
            "action": "acquire", "models": ["a"], "class": "background", "key": "k",
            "request_id": 1,
        ])
        let ticket = try #require(grant?["ticket"])
        for action in ["idle", "busy", "progress", "release"] {
            other.send(["action": .string(action), "ticket": ticket, "done": 3, "total": 9])
            // The next grant follows from being busy again.
            if action == "busy" { #expect(await other.next()?["event"] == "granted") }
        }
        var seen: [String] = []
        while seen.last != "ended" {
            let event = try #require(await peer.next())
            #expect(event["ticket"] == ticket)
            if event["event"] == "progress" {
                #expect(event == ["event": "progress", "ticket": ticket, "done": 3, "total": 9])
                seen.append("progress")
                continue
            }
            #expect(event["event"] == "ticket")
            #expect(event["models"] == ["a"])
            #expect(event["class"] == "background")
            #expect(event["key"] == "k")
            seen.append(event["state"]?.stringValue ?? "")
            if seen.last == "ended" { #expect(event["outcome"] == "released") }
        }
        #expect(seen == ["asked", "granted", "idle", "busy", "granted", "progress", "ended"])
    }

    @Test func tellsOfModelsAndDevicesOnlyWhatChanges() async throws {
        let world = try await ManagerWorld(["a": [:], "b": ["load": ["refuse": "torn"]]])
        let peer = try world.peer()
        _ = await peer.ask([
            "action": "subscribe", "events": ["models", "devices"], "request_id": 1,
        ])
        try await world.client.withTicket(models: ["a"], ticketClass: .interactive) { _ in }
        try await world.client.unload("a")
        try? await world.client.load("b", ticketClass: .interactive)
        var models: [String] = []
        var batons: [JSONValue] = []
        var last: JSONObject?
        while models.last != "b failed torn" {
            let event = try #require(await peer.next())
            #expect(event != last)
            last = event
            if event["event"] == "model" {
                let words = ["model", "state", "reason"].compactMap { event[$0]?.stringValue }
                models.append(words.joined(separator: " "))
            } else {
                #expect(event["event"] == "device")
                #expect(event["device"] == "cpu")
                #expect((event["used_bytes"]?.integerValue ?? -1) >= 0)
                if let baton = event["baton"], batons.last != baton { batons.append(baton) }
            }
        }
        #expect(
            models == [
                "a loading", "a ready", "a draining", "a absent", "b loading", "b failed torn",
            ]
        )
        #expect(batons == [[], ["a"], []])
    }

    @Test func saysHowTicketsEnd() async throws {
        let world = try await ManagerWorld([
            "a": ["load": ["milliseconds": 3_600_000]], "b": ["load": ["refuse": "torn"]],
        ])
        let peer = try world.peer()
        _ = await peer.ask(["action": "subscribe", "events": ["tickets"], "request_id": 1])
        let other = try world.peer()
        func outcome() async -> String? {
            while let event = await peer.next() {
                if let word = event["outcome"]?.stringValue { return word }
            }
            return nil
        }
        other.send(["action": "acquire", "models": ["x"], "request_id": 1])
        #expect(await outcome() == "rejected")
        other.send(["action": "acquire", "models": ["a"], "request_id": 2, "deadline_ms": 1])
        #expect(await outcome() == "expired")
        other.send(["action": "acquire", "models": ["a"], "request_id": 3])
        other.send(["action": "cancel", "target": 3])
        #expect(await outcome() == "cancelled")
        other.send(["action": "acquire", "models": ["a"], "request_id": 4])
        other.close()
        #expect(await outcome() == "cancelled")
    }

    @Test func fallsSilentAfterUnsubscribing() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let peer = try world.peer()
        _ = await peer.ask(["action": "subscribe", "request_id": 1])
        _ = await peer.ask(["action": "unsubscribe", "request_id": 2])
        try await world.client.load("a", ticketClass: .interactive)
        #expect(await peer.ask(["action": "ping", "request_id": 3])?["request_id"] == 3)
    }

    @Test func givesEventsToTheClientsReaders() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let models = try await world.client.events([.models])
        let tickets = try await world.client.events([.tickets])
        try await world.client.withTicket(models: ["a"], ticketClass: .interactive) { grant in
            grant.report(progress: 1, of: 2)
            try await world.until {
                $0["tickets"]?.arrayValue?.first?["progress"]?["done"] == 1
            }
        }
        var states: [String?] = []
        for try await event in models {
            #expect(event.kind == .models)
            states.append(event.members["state"]?.stringValue)
            if states.last == "ready" { break }
        }
        #expect(states == ["loading", "ready"])
        var steps: [String?] = []
        for try await event in tickets {
            steps.append((event.members["state"] ?? event.members["event"])?.stringValue)
            if steps.last == "ended" { break }
        }
        #expect(steps == ["asked", "granted", "progress", "ended"])
    }

    @Test func tellsASlowReaderHowManyEventsItHasMissed() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let events = try await world.client.events([.tickets], buffer: 1)
        for _ in 0..<3 {
            try await world.client.withTicket(models: ["a"], ticketClass: .interactive) { _ in }
        }
        // Everything has arrived here when this is answered.
        try await world.client.ping()
        var iterator = events.makeAsyncIterator()
        #expect(try await iterator.next()?.dropped == 0)
        try await world.client.withTicket(models: ["a"], ticketClass: .interactive) { _ in }
        #expect(try await iterator.next()?.dropped == 8)
    }

    @Test func endsTheStreamWithTheManager() async throws {
        let world = try await ManagerWorld([:])
        let events = try await world.client.events()
        world.client.close()
        let error = await #expect(throws: DeviceError.self) { for try await _ in events {} }
        #expect(error?.code == .unavailable)
    }
}

@Suite struct SubscriptionTests {
    @Test func dropsWhileTooMuchWaitsAndCountsIt() {
        var subscription = Subscription(to: [.models])
        let event: JSONObject = ["event": "model"]
        #expect(subscription.pass(event, .models, queued: 0) == event)
        #expect(subscription.pass(event, .tickets, queued: 0) == nil)
        let full = Subscription.queueLimit + 1
        #expect(subscription.pass(event, .models, queued: full) == nil)
        #expect(subscription.pass(event, .models, queued: full) == nil)
        #expect(subscription.pass(event, .tickets, queued: full) == nil)
        #expect(
            subscription.pass(event, .models, queued: full - 1) == ["event": "model", "dropped": 2]
        )
        #expect(subscription.pass(event, .models, queued: 0) == event)
    }
}

@Suite struct ProgressBoardTests {
    private let ticket = TicketID(1)

    private func said(_ done: Int, at milliseconds: Int64) -> ProgressBoard.Progress {
        .init(done: done, total: nil, at: MonotonicTime(nanoseconds: milliseconds * 1_000_000))
    }

    @Test func passesOnAtMostFourWordsASecondAndTheLastOneAlways() {
        var board = ProgressBoard()
        #expect(board.note(said(1, at: 0), of: ticket) == true)
        #expect(board.note(said(2, at: 10), of: ticket) == false)
        #expect(board.note(said(3, at: 249), of: ticket) == false)
        #expect(board[ticket]?.done == 3)
        #expect(board.nextDue == said(0, at: 250).at)
        #expect(board.takeDue(at: said(0, at: 249).at).isEmpty)
        #expect(board.takeDue(at: said(0, at: 250).at).map(\.progress.done) == [3])
        #expect(board.nextDue == nil)
        #expect(board.takeDue(at: said(0, at: 900).at).isEmpty)
        #expect(board.note(said(4, at: 400), of: ticket) == false)
        // What comes after its time overtakes what was held back.
        #expect(board.note(said(5, at: 500), of: ticket) == true)
        #expect(board.nextDue == nil)
    }

    @Test func keepsTicketsApartAndForgetsThem() {
        var board = ProgressBoard()
        #expect(board.note(said(1, at: 0), of: ticket) == true)
        #expect(board.note(said(1, at: 0), of: TicketID(2)) == true)
        #expect(board.note(said(2, at: 1), of: ticket) == false)
        board.forget(ticket)
        #expect(board[ticket] == nil)
        #expect(board.nextDue == nil)
        #expect(board[TicketID(2)]?.done == 1)
    }
}
