import DeviceProtocol
import HTTPService
import POSIX
import ServiceKit
import Testing

/// Who works next in a service, and who is refused.
@Suite(.timeLimit(.minutes(1))) struct TaskLimiterTests {
    /// Tasks in a limiter with one place, which end when they are told.
    private final class Workplace: Sendable {
        let limiter: TaskLimiter
        private let begun = Guarded<[String]>([])
        private let holding = Guarded<[CheckedContinuation<Void, Never>]>([])

        init(waiting: Int) {
            limiter = TaskLimiter(width: 1, waiting: waiting)
        }

        /// The names of those that worked, in order.
        var order: [String] { begun.withLock { $0 } }

        /// A task that works when there is a place, until `finish`.
        func start(
            _ name: String,
            _ ticketClass: String = "interactive",
            deadline: String? = nil
        ) throws -> Task<Void, any Error> {
            var request = HTTPRequest(.post, "/", id: "r")
            request.headers = ["X-Baton-Class": ticketClass]
            if let deadline { request.headers["X-Baton-Deadline-Ms"] = deadline }
            request.peer = String(name.prefix(1))
            let claim = try RequestClaim(request, usual: .interactive, ceiling: .realtime)
            // Every test awaits all that it starts.
            return Task {
                try await limiter.run(for: claim) { _ in
                    await withCheckedContinuation { continuation in
                        begun.withLock { $0.append(name) }
                        holding.withLock { $0.append(continuation) }
                    }
                }
            }
        }

        /// Waits until so many work and wait.
        func settle(working: Int, waiting: Int, _ ticketClass: TicketClass = .interactive) async {
            while holding.withLock({ $0.count }) != working
                || limiter.waiting(ticketClass) != waiting
            { await Task.yield() }
        }

        /// Ends the one that began first.
        func finish() {
            holding.withLock { $0.removeFirst() }.resume()
        }
    }

    /// The code of the refusal with which a task ended.
    private func refusal(of task: Task<Void, any Error>) async -> DeviceErrorCode? {
        do {
            try await task.value
            return nil
        } catch {
            return (error as? DeviceError)?.code
        }
    }

    @Test func keysTakeTurnsWhateverTheNumberOfTheirRequests() async throws {
        let place = Workplace(waiting: 20)
        var tasks = [try place.start("a0")]
        await place.settle(working: 1, waiting: 0)
        for (index, name) in ["a1", "a2", "a3", "b1", "a4", "c1", "b2"].enumerated() {
            tasks.append(try place.start(name))
            await place.settle(working: 1, waiting: index + 1)
        }
        for left in (0..<7).reversed() {
            place.finish()
            await place.settle(working: 1, waiting: left)
        }
        place.finish()
        for task in tasks { try await task.value }
        #expect(place.order == ["a0", "a1", "b1", "c1", "a2", "b2", "a3", "a4"])
    }

    @Test func classesDoNotWaitForEachOther() async throws {
        let place = Workplace(waiting: 4)
        let low = try place.start("a", "background")
        await place.settle(working: 1, waiting: 0)
        let later = try place.start("a", "background")
        await place.settle(working: 1, waiting: 1, .background)
        let high = try place.start("b", "realtime")
        await place.settle(working: 2, waiting: 1, .background)
        place.finish()
        await place.settle(working: 2, waiting: 0, .background)
        place.finish()
        place.finish()
        for task in [low, later, high] { try await task.value }
    }

    @Test func noKeyFillsTheQueueForOthers() async throws {
        let place = Workplace(waiting: 8)
        var tasks = [try place.start("a")]
        await place.settle(working: 1, waiting: 0)
        for count in 1...7 {
            tasks.append(try place.start("a"))
            await place.settle(working: 1, waiting: count)
        }
        #expect(await refusal(of: try place.start("a")) == .queueFull)
        tasks.append(try place.start("b"))
        await place.settle(working: 1, waiting: 8)
        #expect(await refusal(of: try place.start("c")) == .queueFull)
        for left in (0..<8).reversed() {
            place.finish()
            await place.settle(working: 1, waiting: left)
        }
        place.finish()
        for task in tasks { try await task.value }
    }

    @Test func whoseDeadlinePassesIsRefused() async throws {
        let place = Workplace(waiting: 4)
        let first = try place.start("a")
        await place.settle(working: 1, waiting: 0)
        #expect(await refusal(of: try place.start("b", deadline: "20")) == .expired)
        #expect(await refusal(of: try place.start("b", deadline: "0")) == .expired)
        await place.settle(working: 1, waiting: 0)
        let second = try place.start("b", deadline: "60000")
        await place.settle(working: 1, waiting: 1)
        place.finish()
        await place.settle(working: 1, waiting: 0)
        place.finish()
        try await first.value
        try await second.value
    }

    @Test func whoLeavesWaitsNoLonger() async throws {
        let place = Workplace(waiting: 4)
        let first = try place.start("a")
        await place.settle(working: 1, waiting: 0)
        let second = try place.start("b")
        let third = try place.start("c")
        await place.settle(working: 1, waiting: 2)
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        place.finish()
        await place.settle(working: 1, waiting: 0)
        place.finish()
        try await first.value
        try await third.value
        #expect(place.order == ["a", "c"])
    }
}
