import CommandLine
import DeviceManager
import DeviceProtocol
import JSON
import POSIX
import Simulation

/// `baton simulate [TRACE]`: what the scheduler would do with a trace, in virtual time.
enum SimulateVerb {
    static let verb = Verb(
        "simulate",
        "play a trace through the scheduler in virtual time",
        details: details,
        options: [
            Option(
                "scene",
                .choice(SyntheticTrace.Scene.allCases.map(\.rawValue)),
                placeholder: "SCENE",
                default: "home",
                "what happens, when no TRACE is given"
            ),
            Option("rate", .double, placeholder: "N", default: "20", "requests a second"),
            Option("load", .double, placeholder: "PART", default: "0.7", "device time asked for"),
            Option("span", .duration, placeholder: "TIME", default: "1h", "how long they come"),
            Option(
                "seed",
                .integer(0...Int.max),
                placeholder: "N",
                default: "1",
                "the same trace for the same number"
            ),
            Option(
                "policy",
                .choice(["baton", "fifo", "both"]),
                placeholder: "POLICY",
                default: "both",
                "how tickets are ordered; fifo is for comparison"
            ),
            .flag("write", "print the scene as a trace and simulate nothing"),
            .flag("json", "print the results as JSON"),
        ],
        positionals: [Positional("TRACE", "the file; - for the standard input", .optional)]
    ) { values in try run(values) }

    private static let details = """
        A trace has a line of JSON for each device, then for each model, then for each request:

          {"device":"cpu","rule":"stopProcess","places":1,"bytes":16000000000}
          {"model":"chat","bytes":4000000000,"load_ms":4000,"slots":4}
          {"at_ms":12.5,"models":["chat"],"class":"interactive","key":"anna","held_ms":400}

        The scenes are "home": a camera in real time beside chat, OCR, speech and background
        indexing; "keys": keys of the same weight of which each asks for twice as much as the
        last; "swaps": two models that do not fit together, asked for in turn.
        """

    private static func run(_ values: Values) throws -> Int32 {
        if values.has("write") {
            write(try scene(values))
            return 0
        }
        let word = values.string("policy") ?? "both"
        let policies = Simulator.Policy.allCases.filter { word == "both" || word == $0.rawValue }
        let path = values.string("TRACE")
        guard path != "-" || policies.count == 1 else {
            Terminal.writeError(
                "baton simulate: the standard input is read once; name a --policy\n"
            )
            return 2
        }
        do {
            let results = try policies.map { policy in
                guard let path else {
                    return try simulate(try scene(values), policy)
                }
                let lines = try FileLines(path)
                return try simulate(TraceReader { try lines.next() }, policy)
            }
            show(results, asJSON: values.has("json"))
            return 0
        } catch let error as TraceError {
            Terminal.writeError("baton simulate: \(path ?? "trace"): \(error)\n")
        } catch let error as SystemError {
            Terminal.writeError("baton simulate: \(error)\n")
        }
        return 1
    }

    private static func simulate(
        _ source: some TraceSource,
        _ policy: Simulator.Policy
    ) throws -> SimulationResult {
        var source = source
        var simulator = Simulator(devices: source.devices, models: source.models, policy: policy)
        return try simulator.run(&source)
    }

    private static func scene(_ values: Values) throws -> SyntheticTrace {
        var shape = SyntheticTrace.Shape()
        shape.rate = min(max(values.double("rate") ?? shape.rate, 0.001), 1e6)
        shape.load = min(max(values.double("load") ?? shape.load, 0.001), 1e3)
        shape.seconds = values.duration("span")?.seconds ?? shape.seconds
        shape.seed = UInt64(values.integer("seed") ?? 1)
        let scene = values.string("scene").flatMap(SyntheticTrace.Scene.init) ?? .home
        return SyntheticTrace(scene, shape)
    }

    private static func write(_ trace: SyntheticTrace) {
        var trace = trace
        var text: [UInt8] = []
        func add(_ value: JSONValue) {
            text += value.serialized + [UInt8(ascii: "\n")]
            guard text.count > 1 << 16 else { return }
            Terminal.write(String(decoding: text, as: UTF8.self))
            text = []
        }
        for device in trace.devices { add(TraceWriter.line(of: device)) }
        for model in trace.models { add(TraceWriter.line(of: model)) }
        while let request = trace.next() {
            add(TraceWriter.line(of: request, trace.kinds[request.kind]))
        }
        Terminal.write(String(decoding: text, as: UTF8.self))
    }

    // MARK: Results

    private static func show(_ results: [SimulationResult], asJSON: Bool) {
        if asJSON {
            Terminal.write(JSONValue.array(results.map(json)).indented + "\n")
            return
        }
        var totals = Table([
            ("POLICY", .left), ("REQUESTS", .right), ("FINISHED", .right), ("REFUSED", .right),
            ("BUSY", .right), ("LOADS", .right), ("SWAPS", .right), ("STOPS", .right),
            ("FAIRNESS", .right),
        ])
        var waits = Table([
            ("POLICY", .left), ("CLASS OR KEY", .left), ("FINISHED", .right), ("REFUSED", .right),
            ("P50", .right), ("P95", .right), ("P99", .right), ("LONGEST", .right),
            ("SHARE", .right),
        ])
        for result in results {
            let finished = result.classes.values.reduce(0) { $0 + $1.finished }
            totals.add([
                result.policy.rawValue, "\(result.asked)", "\(finished)",
                "\(result.asked - finished)", percent(result.utilisation), "\(result.loads)",
                "\(result.counts.swaps)", "\(result.counts.stops)", thousandth(result.jainIndex),
            ])
            let held = result.keys.values.reduce(0) { $0 + $1.held }
            func row(_ name: String, _ tally: SimulationResult.Tally) {
                waits.add([
                    result.policy.rawValue, name, "\(tally.finished)", "\(tally.refused)",
                    time(tally.waits.quantile(0.5)), time(tally.waits.quantile(0.95)),
                    time(tally.waits.quantile(0.99)), time(tally.waits.longest),
                    percent(Double(tally.held) / Double(max(held, 1))),
                ])
            }
            for ticketClass in TicketClass.allCases.reversed() {
                if let tally = result.classes[ticketClass] { row(ticketClass.rawValue, tally) }
            }
            for (key, tally) in result.keys.sorted(by: { $0.key < $1.key }) {
                row("  " + key, tally)
            }
        }
        let terminal = Terminal.output
        Terminal.write(totals.rendered(for: terminal) + "\n" + waits.rendered(for: terminal))
    }

    private static func json(_ result: SimulationResult) -> JSONValue {
        func tallies(_ list: [(String, SimulationResult.Tally)]) -> JSONValue {
            .object(
                JSONObject(
                    list.sorted { $0.0 < $1.0 }.map { name, tally in
                        (
                            name,
                            [
                                "finished": JSONValue(tally.finished),
                                "refused": JSONValue(tally.refused),
                                "held_ms": milliseconds(tally.held),
                                "wait_p50_ms": milliseconds(tally.waits.quantile(0.5)),
                                "wait_p95_ms": milliseconds(tally.waits.quantile(0.95)),
                                "wait_p99_ms": milliseconds(tally.waits.quantile(0.99)),
                                "wait_longest_ms": milliseconds(tally.waits.longest),
                            ]
                        )
                    }
                )
            )
        }
        return [
            "policy": .string(result.policy.rawValue), "requests": JSONValue(result.asked),
            "span_ms": milliseconds(result.span), "utilisation": JSONValue(result.utilisation),
            "loads": JSONValue(result.loads), "evictions": JSONValue(result.counts.evictions),
            "swaps": JSONValue(result.counts.swaps), "stops": JSONValue(result.counts.stops),
            "overtakings": JSONValue(result.counts.overtakings),
            "preemptions": JSONValue(result.counts.preemptions),
            "jain_index": JSONValue(result.jainIndex),
            "classes": tallies(result.classes.map { ($0.key.rawValue, $0.value) }),
            "keys": tallies(result.keys.map { ($0.key, $0.value) }),
        ]
    }

    private static func milliseconds(_ nanoseconds: Int64) -> JSONValue {
        JSONValue(Double(nanoseconds / 1000) / 1000)
    }

    /// Three digits that mean something: "812 µs", "12.3 ms", "4.56 s".
    private static func time(_ nanoseconds: Int64) -> String {
        switch nanoseconds {
        case ..<1_000_000: "\(nanoseconds / 1000) µs"
        case ..<1_000_000_000: "\(tenths(nanoseconds / 100_000)) ms"
        default: "\(tenths(nanoseconds / 100_000_000)) s"
        }
    }

    private static func tenths(_ number: Int64) -> String { "\(number / 10).\(number % 10)" }

    private static func percent(_ part: Double) -> String { "\(Int((part * 100).rounded())) %" }

    private static func thousandth(_ part: Double) -> String {
        let number = Int((part * 1000).rounded())
        let digits = "\(number % 1000)"
        return "\(number / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
