import DeviceProtocol
import JSON
import POSIX
import Testing

@Suite(.timeLimit(.minutes(2))) struct OpenVINOEngineTests {
    private static let graphs = ["identity", "add", "matmul", "repeat", "reshape"]

    private func loaded(threads: Int = 1) async throws -> EngineUnderTest {
        let engine = try await EngineUnderTest.start("openvino")
        let files = Dictionary(uniqueKeysWithValues: Self.graphs.map { ($0, Fixture.onnx($0)) })
        let reply = try await engine.load(files, settings: ["threads": JSONValue(threads)])
        try #require(reply["status"]?.stringValue == "ok", "\(reply)")
        return engine
    }

    @Test func introducesItself() async throws {
        let engine = try await EngineUnderTest.start("openvino")
        #expect(engine.hello["engine"]?.stringValue == "openvino")
        #expect(engine.hello["simulated"]?.boolValue == false)
        #expect(engine.hello["version"]?.stringValue?.first?.isNumber == true)
        engine.control.close()
        #expect(await engine.status() == .exited(0))
    }

    @Test func describesGraphsWithTheirMetadata() async throws {
        let engine = try await EngineUnderTest.start("openvino")
        let reply = try await engine.load(["matmul": Fixture.onnx("matmul")])
        #expect((reply["footprint_bytes"]?.integerValue ?? 0) > 1 << 20)
        let channel = try engine.channel(token: nil)
        let description = try await channel.peer.ask(["action": "describe"])
        #expect(description["graphs"] == reply["graphs"])
        #expect(description["simulated"]?.boolValue == false)
        #expect(
            description["graphs"]?["matmul"] == [
                "inputs": [["name": "x", "dtype": "f32", "shape": [2, 4]]],
                "outputs": [["name": "y", "dtype": "f32", "shape": [2, 3]]],
                "metadata": ["character": "a\nb\n漢\n", "empty": ""],
            ]
        )
    }

    @Test func computesOnSharedMemory() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let (reply, values) = try await channel.run(
            "matmul",
            [1, 0, 0, 0, 0, 0, 0, 2],
            shape: [2, 4],
            capacity: 24
        )
        #expect(values == [0, 1, 2, 18, 20, 22])
        #expect(reply["device_us"]?.integerValue != nil && reply["queued_us"]?.integerValue != nil)
    }

    @Test func takesAnyShapeThatTheGraphTakes() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        for side in [8, 2, 33, 8] {
            let picture = (0..<3 * side * side).map { Float($0) / 4 }
            let (reply, values) = try await channel.run(
                "identity",
                picture,
                shape: [1, 3, side, side],
                capacity: 3 * 33 * 33 * 4
            )
            #expect(values == picture)
            let shape: JSONValue = [1, 3, JSONValue(side), JSONValue(side)]
            #expect(reply["outputs"]?["y"]?["shape"] == shape)
        }
    }

    @Test func addsTwoInputsAtOffsetsOfOneBuffer() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let (first, buffer) = try ChannelUnderTest.floats(
            [0, 1, 2, 3, 4, 10, 20, 30, 40],
            shape: [1, 4]
        )
        var inputs = ["a": first, "b": first]
        inputs["a"]?.offset = 4
        inputs["b"]?.offset = 20
        let output = try SharedBuffer(size: 16)
        let id = channel.submit("add", inputs, ["sum": (output, 16)], buffers: [buffer])
        let reply = try await channel.peer.reply(to: id)
        let sum = try ChannelUnderTest.floats(in: reply, "sum", of: output)
        #expect(sum == [11, 22, 33, 44])
    }

    // The library goes another way with one thread.
    @Test(arguments: [1, 2]) func tellsHowMuchAnOutputNeedsAndWorksOn(_ threads: Int) async throws {
        let engine = try await loaded(threads: threads)
        let channel = try engine.channel()
        let (tensor, buffer) = try ChannelUnderTest.floats([1, 2, 3], shape: [3])
        let four = try SharedBuffer(size: 48)
        let two = try SharedBuffer(size: 24)
        func ask(_ capacities: (four: Int, two: Int)) async throws -> JSONObject {
            let id = channel.submit(
                "repeat",
                ["x": tensor],
                ["four": (four, capacities.four), "two": (two, capacities.two)],
                buffers: [buffer]
            )
            return try await channel.peer.reply(to: id)
        }
        let first = try await ask((47, 24))
        #expect(first.code == "output_too_small")
        #expect(first["needed_bytes"]?.integerValue == 48)
        #expect(first["output"]?.stringValue == "four")
        let second = try await ask((48, 0))
        #expect(second["needed_bytes"]?.integerValue == 24)
        let third = try await ask((48, 24))
        let values = try ChannelUnderTest.floats(in: third, "four", of: four)
        #expect(values == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
    }

    @Test func aFixedOutputThatDoesNotFitIsNotComputed() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let values = [Float](repeating: 1, count: 8)
        let (reply, _) = try await channel.run("matmul", values, shape: [2, 4], capacity: 20)
        #expect(reply.code == "output_too_small")
        #expect(reply["needed_bytes"]?.integerValue == 24)
        #expect(try await engine.control.ask(["action": "stats"])["failed"]?.integerValue == 1)
    }

    @Test func anUnwantedOutputGoesNowhere() async throws {
        let engine = try await loaded()
        let channel = try engine.channel()
        let (tensor, buffer) = try ChannelUnderTest.floats([5], shape: [1])
        let four = try SharedBuffer(size: 16)
        let two = try SharedBuffer(size: 8)
        let all = channel.submit(
            "repeat",
            ["x": tensor],
            ["four": (four, 16), "two": (two, 8)],
            buffers: [buffer]
        )
        _ = try await channel.peer.reply(to: all)
        unsafe two.memory.bytes.storeBytes(of: 99, as: Float.self)
        let one = channel.submit("repeat", ["x": tensor], ["four": (four, 16)], buffers: [buffer])
        let reply = try await channel.peer.reply(to: one)
        #expect(reply["outputs"]?.objectValue?.members.map(\.name) == ["four"])
        #expect(unsafe two.memory.bytes.load(as: Float.self) == 99)
    }

    @Test(arguments: [1, 2]) func aFailedGraphLeavesTheEngineUsable(_ threads: Int) async throws {
        let engine = try await loaded(threads: threads)
        let channel = try engine.channel()
        let (tensor, buffer) = try ChannelUnderTest.floats([1, 2, 3, 4], shape: [4])
        let shape = try SharedBuffer(size: 16)
        let output = try SharedBuffer(size: 16)
        func ask(_ dimensions: [Int64]) async throws -> JSONObject {
            unsafe dimensions.withUnsafeBytes { unsafe shape.memory.bytes.copyMemory(from: $0) }
            let id = channel.submit(
                "reshape",
                ["x": tensor, "shape": Tensor(type: .i64, shape: [2], buffer: shape.id)],
                ["y": (output, 16)],
                buffers: [buffer, shape]
            )
            return try await channel.peer.reply(to: id)
        }
        #expect(try await ask([3, 5]).code == "inference_failed")
        #expect(try await ask([2, 2])["outputs"]?["y"]?["shape"] == [2, 2])
    }

    @Test(arguments: [1, 2]) func interruptsWhatRunsUnderARevokedToken(_ threads: Int) async throws
    {
        let engine = try await EngineUnderTest.start("openvino")
        let settings: JSONObject = ["threads": JSONValue(threads)]
        _ = try await engine.load(["powers": Fixture.onnx("powers")], settings: settings)
        let channel = try engine.channel()
        // On any machine long enough for a first report of progress.
        let side = 2048
        let buffer = try SharedBuffer(size: side * side * 4)
        let output = try SharedBuffer(size: side * side * 4)
        let tensor = Tensor(type: .f32, shape: [side, side], buffer: buffer.id)
        func submit(_ token: String) -> Int {
            channel.submit(
                "powers",
                ["x": tensor],
                ["y": (output, output.count)],
                buffers: [buffer],
                token: token
            )
        }
        let id = submit("token")
        let progress = try await engine.control.event("progress")
        #expect(progress["token"]?.stringValue == "token")
        #expect((progress["held_us"]?.integerValue ?? 0) >= 200_000)
        engine.revoke(channel)
        #expect(try await channel.peer.reply(to: id).code == "revoked")
        let idle = try await engine.control.event("idle")
        #expect((idle["held_us"]?.integerValue ?? 0) >= 200_000)
        // The interrupted request serves the next token.
        engine.admit(channel, "next", .interactive)
        #expect(try await channel.peer.reply(to: submit("next"))["status"]?.stringValue == "ok")
    }

    @Test(
        arguments: [
            (["device": "NPU9"], "NPU9"),
            (["precision": "f64"], "f64"),
            (["colour": "red", "speed": 1], "'colour', 'speed'"),
            (["warm_shapes": ["other": [["x": [1]]]]], "other"),
            (["warm_shapes": ["matmul": [["x": [1, 4]]]]], "matmul"),
        ] as [(JSONObject, String)]
    )
    func refusesSettings(_ settings: JSONObject, _ mention: String) async throws {
        let engine = try await EngineUnderTest.start("openvino")
        let reply = try await engine.load(["matmul": Fixture.onnx("matmul")], settings: settings)
        #expect(reply.code == "load_failed")
        #expect(reply["error"]?.stringValue?.contains(mention) == true, "\(reply)")
    }

    @Test func warmsUpAndLoadsAgainFromItsCache() async throws {
        let folder = "/tmp/baton-engine-tests-\(CurrentProcess.id)/cache"
        try Files.makeFolder(folder)
        for _ in 0..<2 {
            let engine = try await EngineUnderTest.start("openvino")
            let reply = try await engine.load(
                ["identity": Fixture.onnx("identity")],
                settings: [
                    "cache_folder": .string(folder),
                    "warm_shapes": ["identity": [["x": [1, 3, 4, 4]]]],
                ]
            )
            #expect(reply["status"]?.stringValue == "ok", "\(reply)")
            let channel = try engine.channel()
            let values = (0..<12).map { Float($0) }
            let (_, result) = try await channel.run(
                "identity",
                values,
                shape: [1, 3, 2, 2],
                capacity: 48
            )
            #expect(result == values)
        }
        #expect(Files.names(in: folder).contains { $0.hasSuffix(".blob") })
    }

    @Test func aFileThatIsNoGraphIsRefusedAndAnotherLoadWorks() async throws {
        let engine = try await EngineUnderTest.start("openvino")
        let junk = try Fixture.script()
        #expect(try await engine.load(["a": junk]).code == "load_failed")
        #expect(try await engine.load(["a": "/nowhere.onnx"]).code == "load_failed")
        let reply = try await engine.load(["a": Fixture.onnx("add")])
        #expect(reply["status"]?.stringValue == "ok")
        #expect(try await engine.load(["b": Fixture.onnx("add")]).code == "load_failed")
    }
}
