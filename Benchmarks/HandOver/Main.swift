import Glibc
import JSON
import Logging
import POSIX

/// How long a device stays without an engine when it is handed from one to the next.
///
/// Two processes with memory that is resident and as many threads as there are cores, at most eight, compute without
/// end; one is stopped. As the device manager does, this one stops the other, waits for the kernel's
/// word and lets the first go on. Prints, for each time, the microseconds from that decision to the
/// first instruction of the next process, and until the stop was confirmed.
///
/// `hand-over-benchmark`; `hand-over-benchmark --burn` is one of the two.
@main
enum HandOverBenchmark {
    static let rounds = 500
    static let pause = Duration.milliseconds(8)

    static func main() async throws {
        if CommandLine.arguments.dropFirst().elementsEqual(["--burn"]) { try Burner.run() }
        let loop = try EventLoop(name: "benchmark")
        let times = try await withTaskExecutorPreference(LoopTaskExecutor(loop)) {
            try await measure(loop)
        }
        let result: JSONValue = [
            "stopped_us": .array(times.map { .number($0.stopped.milliseconds * 1000) }),
            "begun_us": .array(times.map { .number($0.begun.milliseconds * 1000) }),
        ]
        print(result.indented)
        loop.stop()
    }

    private struct Times {
        let stopped: Duration
        let begun: Duration
    }

    /// Concurrent, or it would run on the main actor, whatever executor is preferred.
    @concurrent
    private static func measure(_ loop: EventLoop) async throws -> [Times] {
        let spawner = Spawner(loop: loop)
        var burners = [try Burner(spawner), try Burner(spawner)]
        defer { for burner in burners { burner.process.kill() } }
        try await Task.sleep(for: .milliseconds(500))
        _ = burners[1].process.stop()
        var times: [Times] = []
        for round in 0..<rounds {
            // Not in step with any clock tick.
            try await Task.sleep(for: pause + .microseconds(Int64(round * 37 % 1000)))
            burners[1].clear()
            let decision = MonotonicTime.now
            guard burners[0].process.stop() else { throw Burner.Ended() }
            let stopped = MonotonicTime.now
            burners[1].process.resume()
            try await Task.sleep(for: pause)
            guard let begun = burners[1].begun else { throw Burner.Ended() }
            times.append(Times(stopped: stopped - decision, begun: begun - decision))
            burners.swapAt(0, 1)
        }
        return times
    }
}
