import MediaProtocol
import POSIX
import Testing

@testable import MediaClient

/// The state machine by reference, because expectations cannot call mutating functions.
private final class Machine {
    private var state: MediaPoolState

    init(_ bounds: MediaPoolState.Bounds) { state = MediaPoolState(bounds) }

    var deadline: MonotonicTime? { state.deadline }

    func acquire(_ caller: Int, at now: MonotonicTime) -> [MediaPoolState.Action] {
        state.acquire(caller, at: now)
    }
    func cancel(_ caller: Int) -> Bool { state.cancel(caller) }
    func release(_ helper: Int, at now: MonotonicTime) -> [MediaPoolState.Action] {
        state.release(helper, at: now)
    }
    func lost(
        _ helper: Int,
        isFault: Bool,
        at now: MonotonicTime
    ) -> [MediaPoolState.Action] {
        state.lost(helper, isFault: isFault, at: now)
    }
    func answered() { state.answered() }
    func warm(_ count: Int, at now: MonotonicTime) -> [MediaPoolState.Action] {
        state.warm(count, at: now)
    }
    func advance(to now: MonotonicTime) -> [MediaPoolState.Action] { state.advance(to: now) }
    func close() -> [MediaPoolState.Action] { state.close() }
}

@Suite struct MediaPoolStateTests {
    typealias Action = MediaPoolState.Action

    private func state(
        helpers: Int = 2,
        images: Int = 2,
        queue: Int = 2,
        keptIdle: Int = 1
    ) -> Machine {
        Machine(
            .init(
                helpers: helpers,
                images: images,
                queue: queue,
                keptIdle: keptIdle,
                idleLimit: .seconds(30)
            )
        )
    }

    private func moment(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func prefersIdleThenNewThenLeastLoaded() {
        let pool = state()
        #expect(
            pool.acquire(1, at: moment(0)) == [.start(helper: 1), .grant(caller: 1, helper: 1)]
        )
        #expect(
            pool.acquire(2, at: moment(0)) == [.start(helper: 2), .grant(caller: 2, helper: 2)]
        )
        #expect(pool.acquire(3, at: moment(0)) == [.grant(caller: 3, helper: 1)])
        #expect(pool.acquire(4, at: moment(0)) == [.grant(caller: 4, helper: 2)])
        #expect(pool.release(1, at: moment(1)).isEmpty)
        #expect(pool.release(1, at: moment(1)).isEmpty)
        #expect(pool.acquire(5, at: moment(2)) == [.grant(caller: 5, helper: 1)])
    }

    @Test func queuesThenRefusesAtOnce() {
        let pool = state(helpers: 1, images: 1, queue: 2)
        _ = pool.acquire(1, at: moment(0))
        #expect(pool.acquire(2, at: moment(0)).isEmpty)
        #expect(pool.acquire(3, at: moment(0)).isEmpty)
        guard case .refuse(4, let error)? = pool.acquire(4, at: moment(0)).first else {
            Issue.record("the fourth caller was not refused")
            return
        }
        #expect(error.code == .busy)
        #expect(error.isRetryable)
        #expect(pool.release(1, at: moment(1)) == [.grant(caller: 2, helper: 1)])
        #expect(pool.cancel(3))
        #expect(!pool.cancel(3))
        #expect(pool.release(1, at: moment(2)).isEmpty)
    }

    @Test func replacesALostHelperForWhoWaits() {
        let pool = state(helpers: 1, images: 1)
        _ = pool.acquire(1, at: moment(0))
        _ = pool.acquire(2, at: moment(0))
        #expect(
            pool.lost(1, isFault: true, at: moment(1))
                == [.start(helper: 2), .grant(caller: 2, helper: 2)]
        )
        // The caller of the lost helper gives its place back late; nobody else's is touched.
        #expect(pool.release(1, at: moment(2)).isEmpty)
        #expect(pool.acquire(3, at: moment(2)).isEmpty)
    }

    @Test func waitsLongerAfterEveryDeathFromTheThirdOn() {
        let pool = state(helpers: 1, images: 1)
        for (helper, wait) in [(1, 0), (2, 0), (3, 100), (4, 200), (5, 400)] {
            let now = moment(Int64(helper) * 10_000)
            #expect(
                pool.acquire(helper, at: now)
                    == [.start(helper: helper), .grant(caller: helper, helper: helper)]
            )
            #expect(pool.lost(helper, isFault: true, at: now).isEmpty)
            guard wait > 0 else { continue }
            #expect(pool.acquire(100 + helper, at: now).isEmpty)
            #expect(pool.deadline == now + .milliseconds(wait))
            #expect(pool.advance(to: now + .milliseconds(wait - 1)).isEmpty)
            #expect(pool.cancel(100 + helper))
        }
    }

    @Test func forgetsDeathsOnceAHelperAnswers() {
        let pool = state(helpers: 1, images: 1)
        for helper in 1...3 {
            _ = pool.acquire(helper, at: moment(0))
            _ = pool.lost(helper, isFault: true, at: moment(0))
        }
        pool.answered()
        #expect(
            pool.acquire(9, at: moment(0)) == [.start(helper: 4), .grant(caller: 9, helper: 4)]
        )
    }

    @Test func doesNotCountHelpersEndedOnPurpose() {
        let pool = state(helpers: 1, images: 1)
        for helper in 1...5 {
            #expect(pool.acquire(helper, at: moment(0)).count == 2)
            _ = pool.lost(helper, isFault: false, at: moment(0))
        }
        #expect(pool.deadline == nil)
    }

    @Test func endsWhatIsIdleForLongExceptOne() {
        let pool = state()
        _ = pool.acquire(1, at: moment(0))
        _ = pool.acquire(2, at: moment(0))
        #expect(pool.deadline == nil)
        _ = pool.release(2, at: moment(1000))
        _ = pool.release(1, at: moment(2000))
        #expect(pool.deadline == moment(31_000))
        #expect(pool.advance(to: moment(30_999)).isEmpty)
        #expect(pool.advance(to: moment(31_000)) == [.end(helper: 2)])
        #expect(pool.deadline == nil)
        #expect(pool.acquire(3, at: moment(99_000)) == [.grant(caller: 3, helper: 1)])
    }

    @Test func warmsUpToTheBound() {
        let pool = state()
        #expect(pool.warm(9, at: moment(0)) == [.start(helper: 1), .start(helper: 2)])
        #expect(pool.warm(2, at: moment(0)).isEmpty)
        #expect(pool.acquire(1, at: moment(0)) == [.grant(caller: 1, helper: 1)])
    }

    @Test func refusesEverybodyOnceClosed() {
        let pool = state(helpers: 1, images: 1)
        _ = pool.acquire(1, at: moment(0))
        _ = pool.acquire(2, at: moment(0))
        let actions = pool.close()
        guard case .refuse(2, _)? = actions.first else {
            Issue.record("the waiting caller was not refused: \(actions)")
            return
        }
        #expect(actions.last == .end(helper: 1))
        guard case .refuse(3, _)? = pool.acquire(3, at: moment(1)).first else {
            Issue.record("a caller was admitted after the end")
            return
        }
    }
}
