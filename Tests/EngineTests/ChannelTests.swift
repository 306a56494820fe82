import DeviceProtocol
import JSON
import POSIX
import Testing

/// What every engine of ours answers to clients, whatever it computes.
@Suite(.timeLimit(.minutes(1))) struct ChannelTests {
    private func loaded(_ behaviour: JSONObject = [:]) async throws -> EngineUnderTest {
        let engine = try await EngineUnderTest.start("simulated")
        let reply = try await engine.load(["g": try Fixture.script(behaviour)])
        try #require(reply["status"]?.stringValue == "ok", "\(reply)")
        return engine
    }

    @Test func computesItsDocumentedFunction() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let (reply, values) = try await channel.run("g", [0, 1], shape: [2], capacity: 8)
        let plusOne = [Float(bitPattern: 0x0101_0101), Float(bitPattern: 0x4081_0101)]
        #expect(values == plusOne)
        #expect(reply["outputs"]?["y"]?["shape"] == [2])
    }

    @Test func refusesWorkBeforeAModelIsThere() async throws {
        let engine = try await EngineUnderTest.start("simulated")
        let channel = try engine.channel()
        let (reply, _) = try await channel.run("g", [1], shape: [1], capacity: 4)
        #expect(reply.code == "not_loaded")
        #expect(try await channel.peer.ask(["action": "describe"]).code == "not_loaded")
    }

    @Test func refusesATokenThatWasNotAdmittedHere() async throws {
        let engine = try await loaded()
        let stranger = try engine.channel(token: nil)
        _ = try engine.channel(token: "token")
        let (reply, _) = try await stranger.run("g", [1], shape: [1], capacity: 4)
        #expect(reply.code == "not_admitted")
    }

    @Test func looksForAnAdmissionThatArrivedMeanwhile() async throws {
        let engine = try await loaded()
        let channel = try engine.channel(token: nil)
        // Makes sure that the channel is open, so that its frame can be seen first.
        _ = try await channel.peer.ask(["action": "describe"])
        #expect(engine.process.stop())
        let (tensor, buffer) = try ChannelUnderTest.floats([1], shape: [1])
        let output = try SharedBuffer(size: 4)
        let id = channel.submit("g", ["x": tensor], ["y": (output, 4)], buffers: [buffer])
        engine.admit(channel, "token", .interactive)
        engine.process.resume()
        #expect(try await channel.peer.reply(to: id)["status"]?.stringValue == "ok")
    }

    @Test func looksForAnAdmissionBehindManyOthers() async throws {
        let engine = try await loaded()
        let channel = try engine.channel(token: nil)
        _ = try await channel.peer.ask(["action": "describe"])
        #expect(engine.process.stop())
        let (tensor, buffer) = try ChannelUnderTest.floats([1], shape: [1])
        let output = try SharedBuffer(size: 4)
        let id = channel.submit("g", ["x": tensor], ["y": (output, 4)], buffers: [buffer])
        // More than one read takes in, and no more than the socket holds: what waits in this process
        // for room there is not on its way yet.
        let long = String(repeating: "x", count: 1500)
        for number in 0..<60 { engine.admit(channel, "\(number) \(long)", .interactive) }
        engine.admit(channel, "token", .interactive)
        engine.process.resume()
        #expect(try await channel.peer.reply(to: id)["status"]?.stringValue == "ok")
    }

    @Test func saysRevokedToWorkThatComesLate() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        engine.revoke(channel)
        #expect(try await engine.control.event("idle")["held_us"]?.integerValue == 0)
        let (reply, _) = try await channel.run("g", [1], shape: [1], capacity: 4)
        #expect(reply.code == "revoked")
    }

    @Test func namesTheGraphsThatThereAre() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let (reply, _) = try await channel.run("other", [1], shape: [1], capacity: 4)
        #expect(reply.code == "unknown_graph")
        #expect(reply["error"]?.stringValue?.contains("g") == true)
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout Tensor) -> Void
    }

    private static let broken = [
        Broken(testDescription: "type") { $0.type = .i32 },
        Broken(testDescription: "rank") { $0.shape = [1, 1] },
        Broken(testDescription: "beyond the buffer") { $0.shape = [1 << 20] },
        Broken(testDescription: "offset beyond the buffer") { $0.offset = 1 << 20 },
        Broken(testDescription: "unknown buffer") { $0.buffer = 1 << 20 },
        Broken(testDescription: "size beyond all numbers") { $0.shape = [Int.max] },
        Broken(testDescription: "negative") { $0.shape = [-1] },
    ]

    @Test(arguments: broken) func refusesABadInput(_ broken: Broken) async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        var (tensor, buffer) = try ChannelUnderTest.floats([1], shape: [1])
        broken.change(&tensor)
        let output = try SharedBuffer(size: 4)
        let id = channel.submit("g", ["x": tensor], ["y": (output, 4)], buffers: [buffer])
        #expect(try await channel.peer.reply(to: id).code == "bad_tensor")
    }

    @Test func refusesMissingAndUnknownTensors() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let (tensor, buffer) = try ChannelUnderTest.floats([1], shape: [1])
        let output = try SharedBuffer(size: 4)
        func code(
            _ inputs: [String: Tensor],
            _ output: String,
            _ capacity: Int
        ) async throws
            -> String?
        {
            let space = (buffer: buffer, capacity: capacity)
            let id = channel.submit("g", inputs, [output: space], buffers: [buffer])
            return try await channel.peer.reply(to: id).code
        }
        #expect(try await code([:], "y", 4) == "bad_tensor")
        #expect(try await code(["x": tensor, "z": tensor], "y", 4) == "bad_tensor")
        #expect(try await code(["x": tensor], "z", 4) == "bad_tensor")
        #expect(try await code(["x": tensor], "y", output.count + 1) == "bad_tensor")
        #expect(try await code(["x": tensor], "y", 3) == "output_too_small")
        #expect(try await code(["x": tensor], "y", 4) == nil)
    }

    @Test func refusesRequestsThatAreNone() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        #expect(try await channel.peer.ask(["action": "dance"]).code == "bad_request")
        #expect(try await channel.peer.ask(["action": "infer"]).code == "bad_request")
        let noGraph: JSONObject = ["action": "infer", "token": "token"]
        #expect(try await channel.peer.ask(noGraph).code == "bad_request")
        #expect(try await engine.control.ask(["action": "dance"]).code == "bad_request")
        #expect(try await engine.control.ask(["action": "admit"]).code == "bad_request")
    }

    @Test func cutsOffAChannelThatBreaksTheProtocolAndNoOther() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let other = try engine.channel(token: "other")
        channel.peer.send(["action": "infer"])
        #expect(try await channel.peer.event("closed").code == "bad_request")
        await #expect(throws: Peer.Closed.self) { try await channel.peer.next() }
        let announced: JSONObject = ["buffers": [["id": 1, "size": 4096]]]
        let third = try engine.channel()
        third.peer.send(announced)
        #expect(try await third.peer.event("closed").code == "bad_request")
        await #expect(throws: Peer.Closed.self) { try await third.peer.next() }
        let (reply, _) = try await other.run("g", [1], shape: [1], capacity: 4, token: "other")
        #expect(reply["status"]?.stringValue == "ok")
        try await engine.wait { $0["channels"]?.integerValue == 1 }
    }

    @Test func forgetsBuffersThatTheClientFreed() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        // More buffers than a channel may have mapped at once, each freed before the next.
        for number in 0..<(BufferTable.maximumCount + 10) {
            let (reply, _) = try await channel.run("g", [Float(number)], shape: [1], capacity: 4)
            try #require(reply["status"]?.stringValue == "ok", "\(reply)")
        }
    }
}
