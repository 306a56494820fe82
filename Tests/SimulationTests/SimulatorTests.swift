import DeviceManager
import DeviceProtocol
import JSON
import Simulation
import Testing

/// What the simulator plays is what was asked for, and its figures are those of the trace.
@Suite struct SimulatorTests {
    private static let head = """
        {"device":"cpu","rule":"stopProcess","places":1,"bytes":100}
        {"model":"a","bytes":40,"load_ms":1000,"slots":1}
        {"model":"b","bytes":40,"load_ms":500,"slots":2}

        """

    private static func reader(_ text: String) throws -> TraceReader {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { Array($0.utf8) }[...]
        return try TraceReader { lines.popFirst() }
    }

    private static func play(
        _ text: String,
        _ policy: Simulator.Policy = .baton
    ) throws -> SimulationResult {
        var source = try reader(head + text)
        var simulator = Simulator(devices: source.devices, models: source.models, policy: policy)
        return try simulator.run(&source)
    }

    private static func played(
        _ scene: SyntheticTrace.Scene,
        _ policy: Simulator.Policy,
        load: Double,
        seconds: Double = 240
    ) throws -> SimulationResult {
        var shape = SyntheticTrace.Shape()
        shape.load = load
        shape.seconds = seconds
        var source = SyntheticTrace(scene, shape)
        var simulator = Simulator(devices: source.devices, models: source.models, policy: policy)
        return try simulator.run(&source)
    }

    @Test func waitsAreThoseThatCanBeComputedByHand() throws {
        // Loaded at 1000 ms; 100 ms each, one after the other.
        let result = try Self.play(
            """
            {"at_ms":0,"models":["a"],"key":"x","held_ms":100}
            {"at_ms":500,"models":["a"],"key":"x","held_ms":100}
            {"at_ms":5000,"models":["a"],"key":"y","held_ms":100}
            """
        )
        #expect(result.asked == 3)
        #expect(result.keys["x"]?.waits.longest == 1_000_000_000)
        #expect(result.keys["x"]?.waits.sum == 1_600_000_000)
        #expect(result.keys["y"]?.waits.longest == 0)
        #expect(result.keys["x"]?.held == 200_000_000)
        #expect(result.span == 5_100_000_000)
        #expect(result.loads == 1)
        #expect(result.unended == 0)
    }

    @Test func aHigherClassStopsTheEngineAndItsWorkGoesOnAfterwards() throws {
        let trace = """
            {"at_ms":0,"models":["a"],"class":"background","key":"low","held_ms":2000}
            {"at_ms":0,"models":["b"],"class":"background","key":"warm","held_ms":1}
            {"at_ms":9000,"models":["a"],"class":"background","key":"low","held_ms":2000}
            {"at_ms":10000,"models":["b"],"class":"realtime","key":"high","held_ms":300}
            """
        let ours = try Self.play(trace)
        #expect(ours.keys["high"]?.waits.longest == 0)
        #expect(ours.span == 11_300_000_000)
        let fifo = try Self.play(trace, .fifo)
        #expect(fifo.keys["high"]?.waits.longest == 1_000_000_000)
        #expect(fifo.span == 11_300_000_000)
    }

    @Test func ticketsThatRunTogetherShareTheEngine() throws {
        let result = try Self.play(
            """
            {"at_ms":0,"models":["b"],"key":"x","held_ms":1}
            {"at_ms":2000,"models":["b"],"key":"x","held_ms":100}
            {"at_ms":2000,"models":["b"],"key":"x","held_ms":100}
            """
        )
        #expect(result.keys["x"]?.waits.longest == 500_000_000)
        #expect(result.span == 2_200_000_000)
    }

    @Test func aDeadlineThatPassesIsARefusal() throws {
        let result = try Self.play(
            #"{"at_ms":0,"models":["a"],"key":"x","held_ms":1,"deadline_ms":200}"#
        )
        #expect(result.keys["x"]?.refused == 1)
        #expect(result.keys["x"]?.finished == 0)
    }

    @Test(arguments: SyntheticTrace.Scene.allCases, Simulator.Policy.allCases)
    func everyRequestOfAScenesEndsOnce(
        scene: SyntheticTrace.Scene,
        policy: Simulator.Policy
    ) throws {
        for load in [0.5, 2] {
            let result = try Self.played(scene, policy, load: load)
            let ended = result.classes.values.reduce(0) { $0 + $1.finished + $1.refused }
            #expect(ended == result.asked)
            #expect(result.unended == 0)
            #expect(result.utilisation <= 1)
        }
    }

    @Test func invariant5KeysThatAskForMoreThanTheirShareGetTheSame() throws {
        #expect(try Self.played(.keys, .baton, load: 20).jainIndex > 0.98)
        #expect(try Self.played(.keys, .fifo, load: 20).jainIndex < 0.6)
    }

    @Test func invariant6TwoModelsThatDoNotFitAreSwappedRarely() throws {
        let ours = try Self.played(.swaps, .baton, load: 0.5)
        let fifo = try Self.played(.swaps, .fifo, load: 0.5)
        // Loading takes 2 s, so that a residency lasts 8 s at least.
        #expect(ours.counts.swaps <= Int(ours.span / 8_000_000_000) + 1)
        #expect(ours.counts.swaps > 1)
        #expect(fifo.counts.swaps > 3 * ours.counts.swaps)
    }

    @Test func aWrittenTraceIsReadAsItWas() throws {
        var shape = SyntheticTrace.Shape()
        shape.seconds = 30
        var source = SyntheticTrace(.home, shape)
        var text =
            source.devices.map { TraceWriter.line(of: $0).serialized }
            + source.models.map { TraceWriter.line(of: $0).serialized }
        var requests: [TraceRequest] = []
        while let request = source.next() {
            requests.append(request)
            text.append(TraceWriter.line(of: request, source.kinds[request.kind]).serialized)
        }
        var lines = text[...]
        var reader = try TraceReader { lines.popFirst() }
        #expect(reader.devices == source.devices)
        #expect(reader.models.map(\.load) == source.models.map(\.load))
        for request in requests {
            let read = try #require(try reader.next())
            #expect(read.at == request.at)
            #expect(read.held == request.held)
            #expect(reader.kinds[read.kind] == source.kinds[request.kind])
        }
        #expect(try reader.next() == nil)
    }

    @Test(arguments: [
        ("", "begins with its devices"),
        (#"{"device":"cpu","bytes":0}"#, "line 1: bytes"),
        (#"{"device":"cpu","bytes":1,"rule":"maybe"}"#, "line 1: rule"),
        ("{\"device\":\"cpu\",\"bytes\":1}\n{\"device\":\"cpu\",\"bytes\":1}", "line 2: device"),
        (
            "{\"device\":\"cpu\",\"bytes\":1}\n{\"model\":\"a\",\"device\":\"gpu\"}",
            "line 2: device"
        ),
        (head + #"{"at_ms":1,"models":["c"],"held_ms":1}"#, "line 4: models"),
        (head + #"{"at_ms":-1,"models":["a"],"held_ms":1}"#, "line 4: at_ms"),
        (head + #"{"at_ms":1,"models":["a"]}"#, "line 4: held_ms"),
        (head + #"{"at_ms":1,"models":["a"],"held_ms":1,"class":"urgent"}"#, "line 4: class"),
        (head + "{", "line 4: "),
    ])
    func aWrongTraceIsRefusedWithItsLine(text: String, reason: String) {
        let error = #expect(throws: TraceError.self) {
            var reader = try Self.reader(text)
            while try reader.next() != nil {}
        }
        for word in reason.split(separator: ": ") {
            #expect(error?.description.contains(word) == true)
        }
    }

    @Test func timeNeverGoesBack() throws {
        var reader = try Self.reader(
            Self.head + """
                {"at_ms":2,"models":["a"],"held_ms":1}
                {"at_ms":1,"models":["a"],"held_ms":1}
                """
        )
        _ = try reader.next()
        #expect(throws: TraceError.self) { try reader.next() }
    }
}
