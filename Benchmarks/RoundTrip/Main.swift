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
        let far = try FarGraph(client: client, model: words[2], graph: words[3])
        let near = try NearGraph(file: file)
        try await far.check()
        // A block of either, in turns: whatever else this machine does then meets both alike.
        _ = try await far.block()
        _ = try near.block()
        var rounds: [Round] = []
        for _ in 0..<blocks {
            rounds.append(Round(far: try await far.block(), near: try near.block()))
        }
        report(rounds)
        client.close()
        loop.stop()
    }

    /// A block of either; medians in microseconds.
    private struct Round {
        let far: Double
        let grant: Double
        let device: Double
        let near: Double

        init(far: [FarGraph.Times], near: [Double]) {
            self.far = median(far.map(\.total))
            grant = median(far.map(\.grant))
            device = median(far.map(\.device))
            self.near = median(near)
        }
    }

    private static func report(_ rounds: [Round]) {
        let differences = rounds.map { $0.far - $0.near }
        let result: JSONValue = [
            "engine_us": .number(median(rounds.map(\.far))),
            "until_grant_us": .number(median(rounds.map(\.grant))),
            "engine_device_us": .number(median(rounds.map(\.device))),
            "in_process_us": .number(median(rounds.map(\.near))),
            "difference_us": .number(median(differences)),
            "differences_us": .array(differences.map { .number($0) }),
        ]
        print(result.indented)
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// A tensor's bytes in our shape.
    static var byteCount: Int { shape.reduce(ElementType.f32.size, *) }
}
