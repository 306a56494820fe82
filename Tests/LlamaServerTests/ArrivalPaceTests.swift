import POSIX
import Testing

@testable import LlamaServer

/// When arrivals are gathered.
struct ArrivalPaceTests {
    private func moment(_ microseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: microseconds * 1000)
    }

    /// The rests after arrivals at equal distances, in microseconds from the arrival on.
    private func rests(every distance: Int64, count: Int) -> [Int64] {
        var pace = ArrivalPace()
        return (0..<count).map { number in
            let now = moment(Int64(number) * distance)
            pace.arrived(now)
            return pace.rest(now).map { ($0 - now).nanoseconds / 1000 } ?? 0
        }
    }

    @Test func looksAtOnceAtAPaceThatIsRead() {
        #expect(rests(every: 2000, count: 100) == Array(repeating: 0, count: 100))
    }

    @Test func gathersARowOfQuickArrivals() {
        // The first five, of which four follow another quickly, are looked at one by one.
        #expect(rests(every: 200, count: 8) == Array(repeating: 0, count: 5) + [4000, 4000, 4000])
    }

    @Test func goesOnGatheringWhileSomethingIsThereEachTime() {
        var pace = ArrivalPace()
        for number in 0..<20 { pace.arrived(moment(Int64(number) * 100)) }
        // Looked at after a rest that the machine has made longer.
        pace.arrived(moment(1900 + 7000))
        #expect(pace.rest(moment(8900)) == moment(8900 + 4000))
        // Nothing for two rests: the next one is a single one again.
        pace.arrived(moment(8900 + 8000))
        #expect(pace.rest(moment(16_900)) == nil)
    }

    @Test func restsNoLongerThanIsLeft() {
        var pace = ArrivalPace()
        for number in 0..<20 { pace.arrived(moment(Int64(number) * 100)) }
        #expect(pace.rest(moment(1900 + 3000)) == moment(1900 + 4000))
        #expect(pace.rest(moment(1900 + 4000)) == nil)
    }
}
