import DeviceClient
import Glibc
import JSON
import Logging
import POSIX

/// Asks the device manager for work as several programs would, and prints what each of them got.
///
/// `sharing-benchmark SOCKET PLAN`; PLAN is a file:
///
/// ```json
/// {"seconds": 5, "streams": [{"model": "m", "graph": "g", "class": "realtime", "key": "camera",
///                             "input": {"name": "x", "shape": [1, 4]}, "rate": 10, "after": 0.5}]}
/// ```
///
/// A stream with a `rate` (requests a second) does not wait for answers; one with `in_flight` always
/// has so many under way. Inputs are f32. For each stream one object is printed: `latencies_ms` of
/// what was answered, from asking for the ticket to the answer, in order of their ends; `refused`,
/// for each code the number; `refusals_ms`, how long refusals took; `seconds`, until the last end.
@main
enum SharingBenchmark {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 3 else {
            print("usage: sharing-benchmark SOCKET PLAN")
            exit(2)
        }
        let plan = try Plan(JSONValue(parsing: Files.read(words[2])))
        let loop = try EventLoop(name: "benchmark")
        let client = DeviceClient(
            path: words[1],
            name: "benchmark",
            loop: loop,
            logger: .standardError(label: "benchmark")
        )
        let tallies = try await withTaskExecutorPreference(client.executor) {
            try await run(plan, client)
        }
        print(JSONValue.array(tallies.map(\.json)).indented)
        client.close()
        loop.stop()
    }

    /// Concurrent, or it would run on the main actor, whatever executor is preferred.
    @concurrent
    private static func run(_ plan: Plan, _ client: DeviceClient) async throws -> [Tally] {
        let start = MonotonicTime.now
        return try await withThrowingTaskGroup(of: (Int, Tally).self) { group in
            for (index, stream) in plan.streams.enumerated() {
                let requester = try Requester(stream, client)
                group.addTask {
                    let first = start + stream.delay
                    try await Task.sleep(for: first - .now)
                    let end = start + plan.span
                    return (index, await requester.run(from: first, until: end))
                }
            }
            var tallies = [Tally](repeating: Tally(), count: plan.streams.count)
            for try await (index, tally) in group { tallies[index] = tally }
            return tallies
        }
    }
}
