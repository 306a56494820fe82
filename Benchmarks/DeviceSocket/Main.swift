import DeviceClient
import DeviceProtocol
import Glibc
import JSON
import Logging
import POSIX

/// What the device socket costs beside the bare kernel: questions, tickets and tensors.
///
/// `device-benchmark SOCKET MODEL CORE` prints figures as JSON; MODEL is a simulated model with a graph
/// "g" whose input "x" holds bytes, CORE is where the manager runs. `device-benchmark --echo` is the
/// other end of the bare exchange.
@main
enum DeviceBenchmark {
    static let blocks = 9
    static let rounds = 1000
    static let transfers = 60

    static func main() async throws {
        let words = CommandLine.arguments
        if words.dropFirst().elementsEqual(["--echo"]) { BareExchange.echo() }
        guard words.count == 4 else {
            print("usage: device-benchmark SOCKET MODEL CORE")
            exit(2)
        }
        let loop = try EventLoop(name: "benchmark")
        let client = DeviceClient(
            path: words[1],
            name: "benchmark",
            loop: loop,
            logger: .standardError(label: "benchmark")
        )
        let model = words[2]
        let series = try await withTaskExecutorPreference(client.executor) {
            try await measure(client, model, loop, core: words[3])
        }
        let members = series.map { ($0.name, $0.json) }
        print(JSONValue.object(JSONObject(members)).indented)
        client.close()
        loop.stop()
    }

    /// Runs a block of each in turns: whatever else this machine does then meets all alike.
    ///
    /// Concurrent, or it would run on the main actor, whatever executor is preferred.
    @concurrent
    private static func measure(
        _ client: DeviceClient,
        _ model: String,
        _ loop: EventLoop,
        core: String
    ) async throws -> [Series] {
        let bare = try BareExchange(loop, core: core)
        let tensors = try TensorTransfer(model: model)
        var (bareSeries, pings) = (Series("bare"), Series("ping"))
        var (grants, tickets) = (Series("grant"), Series("ticket"))
        var (copies, transfers) = (Series("memcpy"), Series("transfer"))
        try await client.load(model, ticketClass: .interactive)
        for _ in 0...blocks {
            bareSeries.begin()
            for _ in 0..<rounds { bareSeries.add(try bare.run()) }
            pings.begin()
            for _ in 0..<rounds {
                let start = MonotonicTime.now
                try await client.ping()
                pings.add(.now - start)
            }
            grants.begin()
            tickets.begin()
            for _ in 0..<rounds {
                let start = MonotonicTime.now
                let granted = try await client.withTicket(
                    models: [model],
                    ticketClass: .interactive
                ) { _ in MonotonicTime.now }
                grants.add(granted - start)
                tickets.add(.now - start)
                // Answered after the release, which is not to be counted in the next grant.
                try await client.ping()
            }
            copies.begin()
            transfers.begin()
            try await client.withTicket(models: [model], ticketClass: .interactive) { grant in
                for _ in 0..<Self.transfers {
                    copies.add(tensors.copy())
                    transfers.add(try await tensors.send(under: grant))
                }
            }
        }
        return [bareSeries, pings, grants, tickets, copies, transfers]
    }
}
