import DeviceClient
import DeviceManager
import DeviceProtocol
import Glibc
import JSON
import POSIX
import Testing

/// Clients of the device socket that break the rules, and the others who must not notice.
@Suite(.timeLimit(.minutes(1))) struct BadInputTests {
    /// A frame around any text.
    private static func frame(_ text: String) -> [UInt8] {
        let body = Array(text.utf8)
        return (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (24 - 8 * $0)) } + body
    }

    @Test(
        arguments: [
            ([0, 1, 0, 1], "over the limit"), ([0xFF, 0xFF, 0xFF, 0xFF], "over the limit"),
            (frame(""), "not JSON"), (frame("{"), "not JSON"),
            (frame("{\"a\":1,\"a\":2}"), "not JSON"),
            (frame("{\"action\":\"ping\",\"request_id\":9223372036854775808}"), "not JSON"),
            (frame("{\"action\":\"\u{0}\"}"), "not JSON"),
            (frame(String(repeating: "[", count: 1000)), "nested too deeply"),
            (frame("[]"), "not a JSON object"), (frame("7"), "not a JSON object"),
            (frame("{\"descriptors\":1}"), "descriptors announced"),
            (frame("{\"descriptors\":-1}"), "descriptors announced"),
        ] as [([UInt8], String)]
    )
    func tellsWhyAStreamCannotGoOnAndEndsIt(bytes: [UInt8], reason: String) async throws {
        let world = try await ManagerWorld([:])
        let peer = try world.peer()
        peer.send(bytes: bytes)
        let last = await peer.next()
        #expect(last?["event"] == "closed")
        #expect(last?.code == "bad_request")
        #expect(last?["error"]?.stringValue?.contains(reason) == true, "\(last ?? [:])")
        #expect(await peer.next() == nil)
        try await world.client.ping()
    }

    @Test func forgetsAClientThatLeavesInMidFrame() async throws {
        let world = try await ManagerWorld([:])
        let peer = try world.peer()
        #expect(await peer.ask(["action": "ping", "request_id": 1])?["status"] == "ok")
        peer.send(bytes: [0, 0, 0, 200, 0x7B])
        peer.close()
        try await world.until { $0["clients"]?.arrayValue?.count == 1 }
    }

    private static let refused: [(JSONObject, String)] = [
        ([:], "bad_request"),
        (["action": 7], "bad_request"),
        (["action": "nonsense"], "bad_request"),
        (["action": "hello", "client": ["x"]], "bad_request"),
        (["action": "acquire"], "bad_request"),
        (["action": "acquire", "models": []], "bad_request"),
        (["action": "acquire", "models": "a"], "bad_request"),
        (["action": "acquire", "models": ["a", 1]], "bad_request"),
        (["action": "acquire", "models": ["a", "a"]], "bad_request"),
        (["action": "acquire", "models": ["a"], "class": "urgent"], "bad_request"),
        (["action": "acquire", "models": ["a"], "class": 3], "bad_request"),
        (["action": "acquire", "models": ["a"], "key": [:]], "bad_request"),
        (["action": "acquire", "models": ["a"], "deadline_ms": -1], "bad_request"),
        (["action": "acquire", "models": ["a"], "deadline_ms": 0.5], "bad_request"),
        (["action": "acquire", "models": ["a"], "deadline_ms": 1e300], "bad_request"),
        (["action": "acquire", "models": ["a"], "deadline_ms": 4_294_967_296], "bad_request"),
        (["action": "acquire", "models": ["x"]], "unknown_model"),
        (
            ["action": "acquire", "models": .array((0..<17).map { .string("m\($0)") })],
            "set_too_large"
        ),
        (["action": "release"], "bad_request"),
        (["action": "release", "ticket": "1"], "bad_request"),
        (["action": "release", "ticket": -1], "unknown_ticket"),
        (["action": "release", "ticket": 1, "failed": 1], "bad_request"),
        (["action": "release", "ticket": 9_223_372_036_854_775_807], "unknown_ticket"),
        (["action": "idle", "ticket": 1], "unknown_ticket"),
        (["action": "busy", "ticket": 1], "unknown_ticket"),
        (["action": "connect", "ticket": 1, "model": "a"], "unknown_ticket"),
        (["action": "progress", "ticket": 1, "done": 1], "unknown_ticket"),
        (["action": "held", "ticket": 1], "unknown_ticket"),
        (["action": "cancel"], "bad_request"),
        (["action": "cancel", "target": "1"], "bad_request"),
        (["action": "load"], "bad_request"),
        (["action": "unload", "model": 1], "bad_request"),
        (["action": "unload", "model": "x"], "unknown_model"),
        (["action": "pin", "model": "a"], "bad_request"),
        (["action": "pin", "model": "a", "pinned": 1], "bad_request"),
        (["action": "subscribe", "events": "models"], "bad_request"),
        (["action": "subscribe", "events": ["weather"]], "bad_request"),
    ]

    @Test func refusesWhatItDoesNotUnderstandAndGoesOn() async throws {
        let world = try await ManagerWorld(["a": [:]])
        let peer = try world.peer()
        for (number, (request, code)) in Self.refused.enumerated() {
            var named = request
            named["request_id"] = JSONValue(number)
            let reply = await peer.ask(named)
            #expect(reply?.code == code, "\(request): \(reply ?? [:])")
            #expect(reply?["request_id"] == JSONValue(number))
            #expect(reply?["error"]?.stringValue?.isEmpty == false)
            // Who names no request is told as well.
            let event = await peer.ask(request)
            let needsNumber = request["action"] == "acquire" || request["action"] == "connect"
            #expect(event?["event"] == "error", "\(request)")
            #expect(event?.code == (needsNumber ? "bad_request" : code), "\(request)")
        }
        #expect(await peer.ask(["action": "ping", "request_id": -5])?["request_id"] == -5)
    }

    @Test(arguments: ["1", 1.5, [], nil] as [JSONValue])
    func saysThatARequestHasNoNumber(id: JSONValue) async throws {
        let world = try await ManagerWorld([:])
        let peer = try world.peer()
        peer.send(["action": "status", "request_id": id])
        // Null counts as absent, and who names no request wants no reply.
        if !id.isNull {
            let event = await peer.next()
            #expect(event?["event"] == "error")
            #expect(event?.code == "bad_request")
        }
        #expect(await peer.ask(["action": "ping", "request_id": 1])?["status"] == "ok")
    }

    @Test func keepsTheRepliesOfTwoRequestsApart() async throws {
        let world = try await ManagerWorld(["a": ["load": ["milliseconds": 3_600_000]]])
        let peer = try world.peer()
        peer.send(["action": "acquire", "models": ["a"], "request_id": 1])
        let event = await peer.ask(["action": "ping", "request_id": 1])
        #expect(event?["event"] == "error")
        #expect(event?.code == "bad_request")
        #expect(await peer.ask(["action": "cancel", "target": 1])?.code == "cancelled")
        #expect(await peer.ask(["action": "ping", "request_id": 1])?["status"] == "ok")
    }

    @Test func closesAConnectionWhoseDescriptorsNobodyAnnounces() async throws {
        let world = try await ManagerWorld([:])
        let peer = try world.peer()
        let (extra, _) = try Socket.pair()
        // Announced ones are taken and closed: the manager wants none.
        let many = [FileDescriptorBox](repeating: extra, count: Socket.maximumDescriptors)
        peer.send(["action": "ping", "request_id": 1], descriptors: many)
        #expect(await peer.next()?["status"] == "ok")
        let raw = try world.rawSocket()
        let bytes = FrameDecoder.encode(["action": "ping"])
        let numbers = many.map(\.number)
        for _ in 0..<5 {
            _ = try? bytes.withUnsafeBytes {
                try Socket.send($0, descriptors: numbers, on: raw.number)
            }
        }
        try await world.until { $0["clients"]?.arrayValue?.count == 2 }
        try await world.client.ping()
    }

    @Test func cutsOffAClientThatNeverReadsAndNobodyElse() async throws {
        // Many models make long reports.
        let models = (0..<100).map { ("m\($0)", JSONObject()) }
        let world = try await ManagerWorld(Dictionary(uniqueKeysWithValues: models))
        let socket = try world.rawSocket()
        let request = FrameDecoder.encode(["action": "status", "request_id": 1])
        var rest = request[...]
        var sent = 0
        while true {
            let count = rest.withUnsafeBytes {
                send(socket.number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
                if rest.isEmpty { rest = request[...] }
                sent += count
            } else if errno == EAGAIN {
                // The manager has its hands full; others get their answers all the same.
                try await world.client.ping()
            } else {
                break
            }
        }
        #expect(errno == EPIPE || errno == ECONNRESET)
        // Each reply is longer than its request.
        #expect(sent < 2 * DeviceManager.queueLimit)
        try await world.until { $0["clients"]?.arrayValue?.count == 1 }
    }

    @Test func answersOthersWhileOneClientFloods() async throws {
        let world = try await ManagerWorld([:])
        let peer = try world.peer()
        let count = 2000
        for number in 0..<count { peer.send(["action": "ping", "request_id": JSONValue(number)]) }
        for _ in 0..<20 { try await world.client.ping() }
        for number in 0..<count {
            #expect(await peer.next()?["request_id"] == JSONValue(number))
        }
    }
}
