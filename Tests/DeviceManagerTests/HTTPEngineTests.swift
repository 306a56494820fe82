import DeviceClient
import DeviceProtocol
import Glibc
import JSON
import POSIX
import Testing

@testable import DeviceManager

/// Engines that are HTTP servers: started, asked whether they are ready, handed out, taken back.
@Suite(.timeLimit(.minutes(1))) struct HTTPEngineTests {
    private static let script =
        #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        + "/Fixtures/http_engine.py"

    /// A world with the model "h".
    private func world(
        _ arguments: String...,
        models: [String: JSONObject] = [:],
        adjust: (inout DeviceManager.Settings) -> Void = { _ in }
    ) async throws -> ManagerWorld {
        try await ManagerWorld(
            models,
            servers: ["h": [Self.script, "{socket}"] + arguments],
            adjust: adjust
        )
    }

    private func withTicket<Value: Sendable>(
        _ world: ManagerWorld,
        _ body: (Grant) async throws -> Value
    ) async throws -> Value {
        try await world.client.withTicket(models: ["h"], ticketClass: .interactive, body)
    }

    @Test func handsOutAConnectionOnceTheServerIsReady() async throws {
        let world = try await world("3")
        let body = try await withTicket(world) { grant in
            let conversation = try HTTPConversation(grant.socket(to: "h"), world.clientLoop)
            return try await conversation.get("/echo")
        }
        let pid = try await world.model("h")["pid"]?.integerValue ?? 0
        #expect(body == "pid \(pid)")
        #expect(try await world.model("h")["state"] == "ready")
    }

    @Test func keepsTheSocketInAFolderThatNobodyElseCanEnter() async throws {
        let world = try await world()
        try await world.client.load("h", ticketClass: .interactive)
        let folder = world.file("engines")
        let own = "\(folder)/\(try #require(Files.names(in: folder).first))"
        for path in [folder, own] {
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
        }
        #expect(Files.names(in: own) == ["http.sock"])
        try await world.client.unload("h")
        #expect(Files.names(in: folder).isEmpty)
    }

    @Test func saysWhyAServerWillNeverBeReady() async throws {
        let world = try await world("0", "404")
        let error = await #expect(throws: DeviceError.self) {
            try await world.client.load("h", ticketClass: .interactive)
        }
        #expect(error?.code == .loadFailed)
        #expect(error?.message.contains("GET /health was answered with 404") == true)
    }

    @Test func saysThatAServerEndsWithoutServing() async throws {
        let world = try await world("no number")
        let error = await #expect(throws: DeviceError.self) {
            try await world.client.load("h", ticketClass: .interactive)
        }
        #expect(error?.code == .loadFailed)
        #expect(error?.message.contains("exited with code 1") == true)
    }

    @Test func shutsTheConnectionWhenTheTicketEnds() async throws {
        let world = try await world()
        let conversation = try await withTicket(world) { grant in
            let conversation = try HTTPConversation(grant.socket(to: "h"), world.clientLoop)
            try conversation.send("/wait")
            #expect(await conversation.receive(until: "begun\n").hasSuffix("begun\n"))
            return conversation
        }
        // The client has not let go of it, and yet it ends at both ends.
        await conversation.untilClosed()
        try await expectLeft(1, world)
    }

    @Test func shutsTheConnectionWhenItsClientGoes() async throws {
        let world = try await world()
        let other = world.anotherClient()
        // Awaited below; it must run beside the test.
        let work = Task {
            try await other.withTicket(models: ["h"], ticketClass: .interactive) { grant in
                let conversation = try HTTPConversation(grant.socket(to: "h"), world.clientLoop)
                try conversation.send("/wait")
                _ = await conversation.receive(until: "begun\n")
                other.close()
                await conversation.untilClosed()
            }
        }
        try await work.value
        try await expectLeft(1, world)
    }

    @Test func shutsTheConnectionWhileTheTicketIsIdle() async throws {
        let world = try await world()
        let peer = try world.peer()
        let grant = await peer.ask(["action": "acquire", "models": ["h"], "request_id": 1])
        let ticket = try #require(grant?["ticket"])
        #expect(grant?["channels"]?.arrayValue?.first?["kind"] == "http")
        let conversation = try HTTPConversation(await peer.descriptor(), world.clientLoop)
        try conversation.send("/wait")
        _ = await conversation.receive(until: "begun\n")
        #expect(
            await peer.ask(["action": "idle", "ticket": ticket, "request_id": 2])?["status"] == "ok"
        )
        await conversation.untilClosed()
        let refused = await peer.ask([
            "action": "connect", "ticket": ticket, "model": "h", "request_id": 3,
        ])
        #expect(refused?.code == "not_admitted")
        // Busy again, it gets a connection of the new grant.
        peer.send(["action": "busy", "ticket": ticket])
        #expect(await peer.next()?["event"] == "granted")
        let again = try HTTPConversation(await peer.descriptor(), world.clientLoop)
        while try await again.get("/left") != "1" { await Task.yield() }
    }

    @Test func givesMoreConnectionsUpToTheLimit() async throws {
        let world = try await world { $0.clientLimits.engineConnectionsPerTicket = 2 }
        try await withTicket(world) { grant in
            let second = try await grant.connect(to: "h")
            #expect(second.number != (try grant.socket(to: "h")).number)
            let error = await #expect(throws: DeviceError.self) { try await grant.connect(to: "h") }
            #expect(error?.code == .queueFull)
            #expect(error?.retryAfter != nil)
            // One that has ended makes room.
            Socket.shutDown(second.number)
            while (try? await grant.connect(to: "h")) == nil { await Task.yield() }
        }
    }

    @Test func connectsToServersOnly() async throws {
        let world = try await world(models: ["a": [:]])
        let peer = try world.peer()
        let grant = await peer.ask(["action": "acquire", "models": ["a"], "request_id": 1])
        #expect(grant?["channels"]?.arrayValue?.first?["kind"] == "frames")
        let ticket = try #require(grant?["ticket"])
        for (model, code) in [("a", "bad_request"), ("h", "bad_request"), ("x", "unknown_model")] {
            let reply = await peer.ask([
                "action": "connect", "ticket": ticket, "model": .string(model), "request_id": 2,
            ])
            #expect(reply?.code == code)
        }
    }

    @Test func startsAgainAfterTheServerWasKilled() async throws {
        let world = try await world()
        let runs = Guarded(0)
        let body = try await withTicket(world) { grant in
            let conversation = try HTTPConversation(grant.socket(to: "h"), world.clientLoop)
            let pid = try await world.model("h")["pid"]?.integerValue ?? 0
            if runs.withLock({
                $0 += 1; return $0
            }) == 1 {
                kill(pid_t(pid), SIGKILL)
                await conversation.untilClosed()
                throw DeviceError(.unavailable, "the engine has gone")
            }
            return try await conversation.get("/echo") == "pid \(pid)"
        }
        #expect(body)
        #expect(runs.withLock { $0 } == 2)
    }

    /// Waits until the server has seen that many clients leave.
    private func expectLeft(_ count: Int, _ world: ManagerWorld) async throws {
        try await withTicket(world) { grant in
            let conversation = try HTTPConversation(grant.socket(to: "h"), world.clientLoop)
            while try await conversation.get("/left") != "\(count)" {
                await Task.yield()
            }
        }
    }
}

@Suite struct HTTPServerCallTests {
    private func arguments(_ settings: JSONObject) throws -> [String] {
        let model = Model(
            name: "m",
            engine: "server",
            graphs: ["weights": "/models/w.gguf"],
            settings: settings
        )
        return try HTTPServerCall.arguments(of: model, socket: "/run/s")
    }

    @Test func fillsInItsPlaces() throws {
        let given: JSONObject = [
            "arguments": [
                "--host", "{socket}", "unix:{socket}?{socket}", "-m", "{file:weights}", "{x}",
            ]
        ]
        #expect(
            try arguments(given)
                == ["--host", "/run/s", "unix:/run/s?/run/s", "-m", "/models/w.gguf", "{x}"]
        )
    }

    @Test(
        arguments: [
            ([:], "'settings.arguments' is missing"),
            (["arguments": ["x"]], "'settings.arguments' must say where the '{socket}' goes"),
            (["arguments": "x"], "'settings.arguments' must be a list, not a string"),
            (
                ["arguments": ["{socket}"], "port": 1],
                "'settings.port' is unknown; an HTTP engine has 'arguments' alone"
            ),
        ] as [(JSONObject, String)]
    )
    func refusesOtherSettings(settings: JSONObject, message: String) {
        let error = #expect(throws: JSONFieldError.self) { try arguments(settings) }
        #expect(error?.description == message)
    }

    @Test(
        arguments: [
            ("", .incomplete), ("HTT", .incomplete), ("HTTP/1.1 200", .incomplete),
            ("HTTP/1.1 200 OK", .ready), ("HTTP/1.0 200 \r\n", .ready),
            ("HTTP/1.1 503 Service Unavailable\r\n\r\n{}", .loading),
            ("HTTP/1.1 500 ", .wrong("GET /health was answered with 500")),
            ("SSH-2.0", .wrong("GET /health was not answered in HTTP")),
        ] as [(String, HealthAnswer)]
    )
    func understandsTheAnswer(text: String, answer: HealthAnswer) {
        #expect(HealthAnswer(Array(text.utf8)) == answer)
    }
}
