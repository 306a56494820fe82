import Lifecycle
import POSIX
import TestKit
import Testing

/// Signals, time and exits in the hands of a test; tells what happens through its inboxes.
private final class Stage: Sendable {
    let log = Inbox<String>()
    let timers = Inbox<(span: Duration, fire: @Sendable () -> Void)>()
    private let receiver = Inbox<@Sendable (Signals.Signal) -> Void>()

    var surroundings: ServiceGroup.Surroundings {
        ServiceGroup.Surroundings(
            listen: { self.receiver.put($0) },
            after: { self.timers.put(($0, $1)) },
            exit: { self.log.put("exit \($0)") },
            notifier: Notifier { _ in nil }
        )
    }

    func receivedSignals() async -> @Sendable (Signals.Signal) -> Void {
        await receiver.next()
    }
}

private struct Worker: Service {
    let name: String
    let log: Inbox<String>
    var failure: (any Error)?
    var ignoresShutdown = false

    func run(in scope: ServiceScope) async throws {
        log.put("\(name) starts")
        scope.ready()
        if let failure { throw failure }
        if ignoresShutdown {
            await withTaskCancellationHandler {
                await untilCancelled()
            } onCancel: {
                log.put("\(name) is cancelled")
            }
        } else {
            await scope.untilShutdown()
        }
        log.put("\(name) ends")
    }

    /// A scope that nobody asks to end returns only when the task is cancelled.
    private func untilCancelled() async {
        let never = AsyncStream<Void> { _ in }
        for await _ in never {}
    }
}

private struct Broken: Error, Equatable {}

@Suite(.timeLimit(.minutes(1))) struct ServiceGroupTests {
    private let stage = Stage()

    private func worker(_ name: String) -> Worker { Worker(name: name, log: stage.log) }

    @Test func startsInOrderAndEndsInReverse() async throws {
        let group = ServiceGroup(
            [worker("a"), worker("b")],
            deadline: .seconds(7),
            surroundings: stage.surroundings
        )
        async let result: Void = group.run()
        let signal = await stage.receivedSignals()
        #expect(await stage.log.next(2) == ["a starts", "b starts"])
        signal(.terminate)
        #expect(await stage.timers.next().span == .seconds(7))
        try await result
        #expect(await stage.log.next(2) == ["b ends", "a ends"])
    }

    @Test func throwsWhatAServiceThrew() async {
        var broken = worker("b")
        broken.failure = Broken()
        let group = ServiceGroup([worker("a"), broken], surroundings: stage.surroundings)
        await #expect(throws: Broken()) { try await group.run() }
        #expect(await stage.log.next(3) == ["a starts", "b starts", "a ends"])
    }

    @Test func cancelsWhatMissesTheDeadline() async {
        var stubborn = worker("a")
        stubborn.ignoresShutdown = true
        let group = ServiceGroup([stubborn], surroundings: stage.surroundings)
        // A task, because a test of cancellation needs something to cancel.
        let task = Task { try await group.run() }
        let signal = await stage.receivedSignals()
        _ = await stage.log.next()
        signal(.interrupt)
        await stage.timers.next().fire()
        #expect(await stage.timers.next().span == .seconds(5))
        await #expect(throws: LifecycleError.deadlinePassed(services: ["a"])) {
            try await task.value
        }
        #expect(await stage.log.next(2) == ["a is cancelled", "a ends"])
    }

    @Test func exitsOnTheSecondSignal() async throws {
        var stubborn = worker("a")
        stubborn.ignoresShutdown = true
        let group = ServiceGroup([stubborn], surroundings: stage.surroundings)
        // A task, because a test of cancellation needs something to cancel.
        let task = Task { try await group.run() }
        let signal = await stage.receivedSignals()
        _ = await stage.log.next()
        signal(.terminate)
        signal(.terminate)
        #expect(await stage.log.next() == "exit 143")
        // In a test the process goes on after its exit, so the service must still be let go.
        task.cancel()
        _ = await task.result
    }

    @Test func reloadsOnHangUp() async throws {
        let log = stage.log
        let group = ServiceGroup(
            [worker("a")],
            reloads: [{ log.put("first") }, { log.put("second") }],
            surroundings: stage.surroundings
        )
        async let result: Void = group.run()
        let signal = await stage.receivedSignals()
        #expect(await log.next() == "a starts")
        signal(.hangUp)
        #expect(await log.next(2) == ["first", "second"])
        signal(.terminate)
        try await result
    }

    @Test func endsWhenItsTaskIsCancelled() async {
        let group = ServiceGroup([worker("a")], surroundings: stage.surroundings)
        // A task, because a test of cancellation needs something to cancel.
        let task = Task { try await group.run() }
        _ = await stage.log.next()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await stage.log.next() == "a ends")
    }

    @Test func tellsAScopeThatAsksLate() async throws {
        let asked = Inbox<Int>()
        struct Early: Service {
            let name = "early"
            let asked: Inbox<Int>
            func run(in scope: ServiceScope) async throws {
                scope.onShutdown { asked.put(1) }
                scope.ready()
                await scope.untilShutdown()
                scope.onShutdown { asked.put(2) }
                await scope.untilShutdown()
                asked.put(scope.isShuttingDown ? 3 : 0)
            }
        }
        let group = ServiceGroup([Early(asked: asked)], surroundings: stage.surroundings)
        async let result: Void = group.run()
        await stage.receivedSignals()(.terminate)
        #expect(await asked.next(3) == [1, 2, 3])
        try await result
    }
}
