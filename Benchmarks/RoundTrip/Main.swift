import DeviceClient
import DeviceProtocol
import Glibc
import JSON
import Logging
import POSIX

/// Prints what a request through manager and engine takes longer than the same graph in this
/// process: `round-trip-benchmark SOCKET MODEL GRAPH FILE`, in a release build.
///
/// The manager must know `MODEL`, whose graph `GRAPH` is `FILE`: one input `x`, one output `y` of the
/// same shape. Prints one JSON object; times are in microseconds.
@main
struct RoundTripBenchmark {
    static let shape = [1, 3, 640, 640]
    static let blocks = 21
    static let repetitions = 30
    /// About what a request takes outside its graph.
    static let pause = Duration.microseconds(500)

    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        guard words.count == 4, let socket = words.first, let file = words.last else {
            print("usage: round-trip-benchmark SOCKET MODEL GRAPH FILE")
            exit(2)
        }
        let loop = try EventLoop(name: "benchmark")
        let client = DeviceClient(
            path: socket,
            name: "benchmark",
            loop: loop,
            logger: .standardError(label: "benchmark")
        )
        let (model, graph) = (words[2], words[3])
        let rounds = try await withTaskExecutorPreference(client.executor) {
            try await measure(client, model, graph, file)
        }
        report(rounds)
        client.close()
        loop.stop()
    }

    /// Runs a block of either, in turns: whatever else this machine does then meets both alike.
    ///
    /// Not request by request: the threads of the library that has just computed look for more work
    /// for a while, and would take the cores from the other. Concurrent, or it would run on the main
    /// actor, whatever executor is preferred.
    @concurrent
    private static func measure(
        _ client: DeviceClient,
        _ model: String,
        _ graph: String,
        _ file: String
    ) async throws -> [Round] {
        let far = try FarGraph(client: client, model: model, graph: graph)
        let near = try NearGraph(file: file)
        try await far.check()
        var rounds: [Round] = []
        for _ in 0...blocks {
            var farTimes: [FarGraph.Times] = []
            for _ in 0..<repetitions { farTimes.append(try await far.run()) }
            var nearTimes: [Double] = []
            for _ in 0..<repetitions { nearTimes.append(try near.run()) }
            var pacedTimes: [Double] = []
            for _ in 0..<repetitions {
                try await Task.sleep(for: pause)
                pacedTimes.append(try near.run())
            }
            rounds.append(Round(far: farTimes, near: nearTimes, paced: pacedTimes))
        }
        // The first blocks only warm up.
        return Array(rounds.dropFirst())
    }

    /// A block of either; medians in microseconds.
    private struct Round {
        let far: Double
        let grant: Double
        let device: Double
        let near: Double
        /// In this process too, but after a pause, as a request comes to an engine.
        let paced: Double

        init(far: [FarGraph.Times], near: [Double], paced: [Double]) {
            self.far = median(far.map(\.total))
            grant = median(far.map(\.grant))
            device = median(far.map(\.device))
            self.near = median(near)
            self.paced = median(paced)
        }
    }

    private static func report(_ rounds: [Round]) {
        let differences = rounds.map { $0.far - $0.near }
        let result: JSONValue = [
            "engine_us": .number(median(rounds.map(\.far))),
            "until_grant_us": .number(median(rounds.map(\.grant))),
            "engine_device_us": .number(median(rounds.map(\.device))),
            "in_process_us": .number(median(rounds.map(\.near))),
            "in_process_paced_us": .number(median(rounds.map(\.paced))),
            "difference_us": .number(median(differences)),
            "differences_us": .array(differences.map { .number($0) }),
        ]
        print(result.indented)
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// A tensor's bytes in our shape.
    static var byteCount: Int { shape.reduce(ElementType.f32.size, *) }
}
