import POSIX
import Testing

@testable import HTTPService

@Suite(.everyKindOfThreads) struct SlowHeadTests {
    private func moment(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: 0) + .milliseconds(milliseconds)
    }

    @Test func countsOneHeadThatDoesNotEnd() {
        var heads = SlowHeads()
        let times = stride(from: 0, through: 6000, by: 2000).map {
            heads.note(1, .receivingHead, requestBefore: moment(0), at: moment($0))
        }
        #expect(times == [.zero, .seconds(2), .seconds(4), .seconds(6)])
    }

    /// Seen with a piece of a head at every look, it was cut off after the time that one may take.
    @Test func doesNotTakeManyHeadsForOne() {
        var heads = SlowHeads()
        for time in stride(from: 2000, through: 60_000, by: 2000) {
            // The request before was over since the last look.
            let seen = heads.note(
                1,
                .receivingHead,
                requestBefore: moment(time - 1),
                at: moment(time)
            )
            #expect(seen == .zero)
        }
    }

    @Test func beginsAnewAfterSilence() {
        var heads = SlowHeads()
        _ = heads.note(1, .receivingHead, requestBefore: moment(0), at: moment(0))
        let idle = heads.note(
            1,
            .idle(.seconds(1)),
            requestBefore: moment(0),
            at: moment(1000)
        )
        #expect(idle == nil)
        let again = heads.note(1, .receivingHead, requestBefore: moment(0), at: moment(2000))
        #expect(again == .zero)
        heads.forget(1)
        let other = heads.note(1, .receivingHead, requestBefore: moment(0), at: moment(9000))
        #expect(other == .zero)
    }
}
