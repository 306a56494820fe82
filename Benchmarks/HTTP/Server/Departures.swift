import CommandLine
import HTTPService
import JSON
import POSIX
import TestKit

/// Measures the time from a client's leaving to the cancellation of its handler's task.
///
/// Client and server share a process, and so a clock: the client notes when it leaves, the handler
/// when it is cancelled.
struct Departures: Sendable {
    private static let rounds = 300

    /// Handlers that have started, and when they were cancelled.
    private actor Events {
        private var started = 0
        private var cancelled: [MonotonicTime] = []
        private var waiting: (() -> Bool, CheckedContinuation<Void, Never>)?

        func start() {
            started += 1
            check()
        }

        func cancel(at moment: MonotonicTime) {
            cancelled.append(moment)
            check()
        }

        func untilStarted(_ count: Int) async {
            await wait { self.started >= count }
        }

        func cancellation(_ count: Int) async -> MonotonicTime {
            await wait { self.cancelled.count >= count }
            return cancelled[count - 1]
        }

        private func wait(for condition: @escaping () -> Bool) async {
            guard !condition() else { return }
            await withCheckedContinuation { waiting = (condition, $0) }
        }

        private func check() {
            guard let (condition, continuation) = waiting, condition() else { return }
            waiting = nil
            continuation.resume()
        }
    }

    private let events = Events()

    /// The routes whose clients leave.
    var routes: [Route] {
        [
            Route(
                .put,
                "/body",
                .init("Reads a body that never ends."),
                handler: .upload { [events] _, body in
                    await events.start()
                    await Self.untilCancelled(events) { for try await _ in body {} }
                    return .text("")
                }
            ),
            Route(
                .get,
                "/waiting",
                .init("Waits."),
                handler: .task { [events] _ in
                    await events.start()
                    await Self.untilCancelled(events) { try await Task.sleep(for: .seconds(600)) }
                    return .text("")
                }
            ),
            Route(
                .get,
                "/streaming",
                .init("Streams."),
                handler: .task { [events] _ in
                    .events { stream in
                        try await stream.event("first")
                        await events.start()
                        await Self.untilCancelled(events) {
                            try await Task.sleep(for: .seconds(600))
                        }
                    }
                }
            ),
        ]
    }

    private static func untilCancelled(
        _ events: Events,
        _ body: @Sendable () async throws -> Void
    ) async {
        let moment = Guarded<MonotonicTime?>(nil)
        await withTaskCancellationHandler {
            // However it ends: only the moment of the cancellation is of interest.
            try? await body()
        } onCancel: {
            moment.withLock { $0 = .now }
        }
        // What the handler reads or writes may fail a moment before its task is cancelled.
        await events.cancel(at: moment.withLock { $0 } ?? .now)
    }

    /// Lets clients leave, one after the other.
    ///
    /// - Returns: The times by state.
    func measure(port: UInt16) async throws -> JSONValue {
        let heads = [
            ("body", "PUT /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"),
            ("waiting", "GET /waiting HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("streaming", "GET /streaming HTTP/1.1\r\nHost: x\r\n\r\n"),
        ]
        var count = 0
        var result = JSONObject()
        for (state, head) in heads {
            var times: [Double] = []
            for round in 0..<Self.rounds {
                count += 1
                let client = try RawClient(port: port)
                try await client.send(head)
                await events.untilStarted(count)
                let left = MonotonicTime.now
                if round % 2 == 0 { client.finishSending() } else { client.reset() }
                times.append(await events.cancellation(count).seconds(since: left) * 1000)
            }
            times.sort()
            result[state] = [
                "count": JSONValue(times.count), "p50_ms": .number(times[times.count / 2]),
                "p99_ms": .number(times[times.count * 99 / 100]),
                "max_ms": .number(times[times.count - 1]),
            ]
        }
        return .object(result)
    }
}
