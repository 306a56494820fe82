import CommandLine
import HTTPService
import JSON
import Logging
import Metrics
import POSIX

/// The server under test: real routes on the server that every service uses.
///
/// Prints its port, serves until standard input ends; with `departures` measures those and ends.
@main
struct HTTPBenchmark {
    static func main() async throws {
        Signals.block()
        ProcessLimits.raiseOpenFiles()
        let loop = try EventLoop(name: "http-benchmark")
        var configuration = HTTPServer.Configuration()
        configuration.connectionLimit = 15_000
        configuration.requestLimit = 4096
        configuration.bodyLimit = 64 << 20
        configuration.idleTimeout = .seconds(600)
        let started = MonotonicTime.now
        let departures = Departures()
        var router = BenchmarkRoutes(relay: Relay()).router
        for route in departures.routes { router.add(route) }
        let server = HTTPServer(
            configuration,
            router: router,
            about: ServiceDescription(
                name: "benchmark",
                version: Version.text,
                health: { writer in
                    writer.beginObject()
                    writer.name("status")
                    writer.string("ok")
                    writer.name("uptime_seconds")
                    writer.integer(Int64(MonotonicTime.now.seconds(since: started)))
                    writer.endObject()
                },
                notReady: { nil }
            ),
            loop: loop,
            metrics: Metrics(),
            logger: .standardError(label: "http", minimum: .warning)
        )
        let port = try await server.start()
        if CommandLine.arguments.dropFirst().first == "departures" {
            let times = try await departures.measure(port: port)
            Terminal.write(String(decoding: times.serialized, as: UTF8.self) + "\n")
        } else {
            Terminal.write("\(port)\n")
            try? await untilInputEnds()
        }
        await server.drain(deadline: .zero)
    }

    /// Waits on a thread of its own, because reading blocks.
    private static func untilInputEnds() async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            do {
                try NamedThread("input") {
                    while readLine() != nil {}
                    done.resume()
                }.detach()
            } catch {
                done.resume(throwing: error)
            }
        }
    }
}
