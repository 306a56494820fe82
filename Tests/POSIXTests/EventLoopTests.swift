import Glibc
import POSIX
import TestKit
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventLoopTests {
    private let loop: EventLoop

    init() throws {
        loop = try EventLoop(name: "test-loop")
    }

    @Test func runsWorkInOrder() async {
        let inbox = Inbox<Int>()
        for number in 0..<1000 { loop.submit { inbox.put(number) } }
        #expect(await inbox.next(1000) == Array(0..<1000))
        loop.stop()
    }

    @Test func runsTimersInTheOrderOfTheirMoments() async {
        let inbox = Inbox<Int>()
        let past = MonotonicTime(nanoseconds: 0)
        loop.submit { [loop] in
            _ = loop.schedule(at: past + .seconds(2)) { inbox.put(2) }
            _ = loop.schedule(at: past + .seconds(1)) { inbox.put(1) }
            let cancelled = loop.schedule(at: past) { inbox.put(0) }
            loop.cancel(cancelled)
            _ = loop.schedule(at: past + .seconds(2)) { inbox.put(3) }
        }
        #expect(await inbox.next(3) == [1, 2, 3])
        loop.stop()
    }

    @Test func waitsForATimerInTheFuture() async {
        let inbox = Inbox<MonotonicTime>()
        let moment = MonotonicTime.now + .milliseconds(3)
        _ = loop.schedule(at: moment) { inbox.put(.now) }
        #expect(await inbox.next() >= moment)
        loop.stop()
    }

    @Test func reportsReadinessUntilCancelled() async throws {
        let (here, there) = try Socket.pair()
        try here.setNonblocking(true)
        let inbox = Inbox<EventLoop.Readiness>()
        let loop = loop
        let watch = try loop.watch(here.number, for: .readable) { readiness in
            inbox.put(readiness)
            var byte: UInt8 = 0
            _ = read(here.number, &byte, 1)
        }
        #expect(write(there.number, "ab", 2) == 2)
        #expect(await inbox.next() == .readable)
        #expect(await inbox.next() == .readable)
        loop.change(watch, to: [.readable, .writable])
        #expect(await inbox.next().contains(.writable) == true)
        loop.cancel(watch)
        loop.cancel(watch)
        // Whatever was on its way has arrived once later work has run.
        let done = Inbox<Bool>()
        loop.submit { done.put(true) }
        _ = await done.next()
        while !inbox.isEmpty { _ = await inbox.next() }
        #expect(write(there.number, "c", 1) == 1)
        loop.submit { loop.submit { done.put(true) } }
        _ = await done.next()
        #expect(inbox.isEmpty)
        loop.stop()
    }

    @Test func reportsAHangUp() async throws {
        let (here, there) = try Socket.pair()
        let inbox = Inbox<EventLoop.Readiness>()
        let loop = loop
        let watch = try loop.watch(here.number, for: []) { inbox.put($0) }
        shutdown(there.number, Int32(SHUT_RDWR))
        #expect(!(await inbox.next()).isDisjoint(with: .hangUp))
        loop.cancel(watch)
        loop.stop()
    }

    @Test func skipsAWatchThatAnotherHandlerCancelled() async throws {
        let (first, second) = try Socket.pair()
        #expect(write(first.number, "a", 1) == 1)
        #expect(write(second.number, "b", 1) == 1)
        let calls = Inbox<Int>()
        let watches = Guarded<[Int: EventLoop.Watch]>([:])
        let loop = loop
        let box = Box(watches)
        // Both are ready before either watch exists, so both events are fetched together.
        loop.submit {
            for (index, socket) in [first, second].enumerated() {
                let watch = try? loop.watch(socket.number, for: .readable) { _ in
                    let other = box.value.withLock { $0[1 - index] }
                    if let other { loop.cancel(other) }
                    if let mine = box.value.withLock({ $0[index] }) { loop.cancel(mine) }
                    calls.put(index)
                    loop.submit { calls.put(9) }
                }
                box.value.withLock { $0[index] = watch }
            }
        }
        _ = await calls.next()
        #expect(await calls.next() == 9)
        #expect(calls.isEmpty)
        loop.stop()
    }

    @Test func isTheExecutorOfAnActor() async {
        let counter = Counter(loop: loop)
        #expect(await counter.isOnLoop)
        let inbox = Inbox<Int>()
        // A handler is on the actor's thread already, so it may enter without a hop.
        loop.submit { inbox.put(counter.assumeIsolated { $0.increment() }) }
        #expect(await inbox.next() == 1)
        #expect(await counter.increment() == 2)
        #expect(!loop.isCurrent)
        loop.stop()
    }

    @Test func runsTasksThatPreferIt() async {
        let executor = LoopTaskExecutor(loop)
        let loop = loop
        // Awaited below; a task of its own, as the test's may be bound elsewhere.
        let task = Task(executorPreference: executor) {
            let before = loop.isCurrent
            await withCheckedContinuation { continuation in
                loop.submit { continuation.resume() }
            }
            // Resumed by a handler, it goes on in the same place.
            return before && loop.isCurrent
        }
        #expect(await task.value)
        loop.stop()
    }

    @Test func letsEverythingGoWhenItStops() async throws {
        let (here, _) = try Socket.pair()
        let ended = Inbox<Bool>()
        weak let kept: Token? = try {
            let token = Token { ended.put(true) }
            _ = try loop.watch(here.number, for: .readable) { _ in _ = token }
            _ = loop.schedule(at: .now + .seconds(3600)) { _ = token }
            return token
        }()
        #expect(kept != nil)
        loop.stop()
        #expect(await ended.next())
        #expect(throws: SystemError.self) { try loop.watch(here.number, for: .readable) { _ in } }
    }

    @Test func doesNotStarveDescriptors() async throws {
        let (here, there) = try Socket.pair()
        let seen = Inbox<Bool>()
        let loop = loop
        let flag = Box(Guarded(false))
        let watch = try loop.watch(here.number, for: .readable) { _ in
            flag.value.withLock { $0 = true }
            seen.put(true)
        }
        @Sendable func spin() {
            // Work that always submits more work ends only because the descriptor has its turn.
            if !flag.value.withLock({ $0 }) { loop.submit(spin) }
        }
        loop.submit(spin)
        #expect(write(there.number, "a", 1) == 1)
        #expect(await seen.next())
        loop.cancel(watch)
        loop.stop()
    }
}

/// Shares something that cannot be copied.
private final class Box<Value: ~Copyable & Sendable>: Sendable {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
}

private final class Token: Sendable {
    private let onEnd: @Sendable () -> Void
    init(onEnd: @escaping @Sendable () -> Void) { self.onEnd = onEnd }
    deinit { onEnd() }
}

private actor Counter {
    private let loop: EventLoop
    private var count = 0

    init(loop: EventLoop) { self.loop = loop }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    var isOnLoop: Bool { loop.isCurrent }

    func increment() -> Int {
        count += 1
        return count
    }
}
