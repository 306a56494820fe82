import POSIX
import Testing

@testable import EngineKit

@Suite struct RunningClockTests {
    private let tick = RunningClock.tick.nanoseconds

    private func moment(_ nanoseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds)
    }

    @Test func runsWithTheClockWhileNothingIsStopped() {
        var clock = RunningClock(now: moment(100))
        let start = clock.look(at: moment(100), wasStopped: false)
        // A long gap without a stop is a busy machine, and that time was held.
        #expect(clock.look(at: moment(100 + 50 * tick), wasStopped: false) - start == 50 * tick)
    }

    @Test func countsHalfATickOfAGapWithAStop() {
        var clock = RunningClock(now: moment(0))
        let start = clock.look(at: moment(0), wasStopped: false)
        #expect(clock.look(at: moment(100 * tick), wasStopped: true) - start == tick - tick / 2)
    }

    @Test func countsHalfOfAGapThatIsShorterThanATick() {
        var clock = RunningClock(now: moment(0))
        let start = clock.look(at: moment(0), wasStopped: false)
        #expect(clock.look(at: moment(tick / 2), wasStopped: true) - start == tick / 4)
    }

    @Test func neverGoesBack() {
        var clock = RunningClock(now: moment(50))
        let first = clock.look(at: moment(60), wasStopped: false)
        #expect(clock.look(at: moment(40), wasStopped: false) == first)
        #expect(clock.look(at: moment(60), wasStopped: true) == first)
    }
}
