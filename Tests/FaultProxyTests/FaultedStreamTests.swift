import FaultProxy
import POSIX
import Testing

/// The decisions, without a socket.
@Suite struct FaultedStreamTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000)

    /// Takes steps and does what they say until nothing can be done at this moment.
    private func run(
        _ stream: inout FaultedStream,
        at now: MonotonicTime,
        taking most: Int = .max
    ) -> [FaultedStream.Step] {
        var steps: [FaultedStream.Step] = []
        while true {
            let step = stream.next(at: now)
            steps.append(step)
            switch step {
            case .write(let bytes): stream.wrote(min(bytes.count, most), at: now)
            case .finish, .cut: continue
            case .read, .wait, .reset, .stall, .done: return steps
            }
        }
    }

    @Test func passesBytesAndTheirEndUnchanged() {
        var stream = FaultedStream(StreamFaults())
        #expect(run(&stream, at: start) == [.read])
        stream.receive([1, 2, 3], at: start)
        #expect(run(&stream, at: start) == [.write([1, 2, 3]), .read])
        stream.finish(at: start)
        #expect(run(&stream, at: start) == [.finish, .done])
        #expect(!stream.wantsInput)
    }

    @Test func offersAgainWhatTheReceiverDidNotTake() {
        var stream = FaultedStream(StreamFaults())
        stream.receive([1, 2, 3], at: start)
        let steps = run(&stream, at: start, taking: 2)
        #expect(steps == [.write([1, 2, 3]), .write([3]), .read])
    }

    @Test func keepsABoundedNumberOfBytes() {
        var stream = FaultedStream(StreamFaults())
        stream.receive(repeatElement(0, count: FaultedStream.capacity - 1), at: start)
        #expect(stream.wantsInput)
        stream.receive([0], at: start)
        #expect(!stream.wantsInput)
        stream.wrote(1, at: start)
        #expect(stream.wantsInput)
    }

    @Test func delaysEachByteAndTheEnd() {
        var faults = StreamFaults()
        faults.latency = .milliseconds(5)
        var stream = FaultedStream(faults)
        let later = start + .milliseconds(2)
        stream.receive([1], at: start)
        stream.receive([2], at: later)
        stream.finish(at: later)
        #expect(run(&stream, at: later) == [.wait(until: start + .milliseconds(5))])
        #expect(
            run(&stream, at: start + .milliseconds(5))
                == [.write([1]), .wait(until: later + .milliseconds(5))]
        )
        #expect(run(&stream, at: later + .milliseconds(5)) == [.write([2]), .finish, .done])
    }

    @Test func trickles() {
        var stream = FaultedStream(.trickling(2, every: .milliseconds(1)))
        stream.receive([1, 2, 3, 4, 5], at: start)
        #expect(
            run(&stream, at: start) == [.write([1, 2]), .wait(until: start + .milliseconds(1))]
        )
        let second = start + .milliseconds(1)
        #expect(
            run(&stream, at: second, taking: 1)
                == [.write([3, 4]), .write([4]), .wait(until: second + .milliseconds(1))]
        )
        #expect(run(&stream, at: second + .milliseconds(1)) == [.write([5]), .read])
    }

    @Test(arguments: [1, 2, 3, 5])
    func flipsBitsAtTheirPlaceHoweverBytesArrive(_ size: Int) {
        var faults = StreamFaults.flipping(0x81, at: 0)
        faults.flips[4] = 0x0F
        var stream = FaultedStream(faults)
        var out: [UInt8] = []
        for first in stride(from: 0, to: 5, by: size) {
            let piece = Array(repeating: UInt8(0), count: min(size, 5 - first))
            stream.receive(piece, at: start)
            for case .write(let bytes) in run(&stream, at: start) { out += bytes }
        }
        #expect(out == [0x81, 0, 0, 0, 0x0F])
    }

    @Test(arguments: [
        (StreamFaults.Way.halfClose, [FaultedStream.Step.finish, .read]),
        (.cut, [.cut, .read]),
        (.reset, [.reset]),
        (.stall, [.stall]),
    ])
    func endsAfterExactlySoManyBytes(_ way: StreamFaults.Way, _ steps: [FaultedStream.Step]) {
        var stream = FaultedStream(.ending(after: 3, by: way))
        stream.receive([1, 2, 3, 4], at: start)
        #expect(run(&stream, at: start) == [.write([1, 2, 3])] + steps)

        var atOnce = FaultedStream(.ending(after: 0, by: way))
        #expect(run(&atOnce, at: start) == steps)
    }

    @Test func throwsAwayWhatComesAfterItsEnd() {
        var stream = FaultedStream(.ending(after: 1, by: .halfClose))
        stream.receive([1, 2], at: start)
        _ = run(&stream, at: start)
        #expect(stream.wantsInput)
        stream.receive(repeatElement(0, count: 10 * FaultedStream.capacity), at: start)
        #expect(stream.wantsInput)
        #expect(run(&stream, at: start) == [.read])
        stream.finish(at: start)
        #expect(run(&stream, at: start) == [.done])
    }

    @Test func takesNothingOnceItStalls() {
        var stream = FaultedStream(.ending(after: 1, by: .stall))
        #expect(stream.wantsInput)
        stream.receive([1, 2], at: start)
        _ = run(&stream, at: start)
        #expect(!stream.wantsInput)
    }

    @Test func plansTheSameForTheSameSeed() {
        let plans = (0..<100).map { FaultPlan(seed: $0, length: 1000) }
        #expect(plans == (0..<100).map { FaultPlan(seed: $0, length: 1000) })
        #expect(Set(plans).count > 90)
    }
}
