import Testing

@testable import MediaClient

/// The state machine by reference, because expectations cannot call mutating functions.
private final class Machine {
    typealias Loss = RequestQueue<String>.Loss

    private var queue = RequestQueue<String>()

    func add(_ id: Int, _ waiter: String) -> Loss? { queue.add(id, waiter) }
    func next() -> String? { queue.next() }
    func answer(_ id: Int) -> (waiter: String, verdict: Loss?)? { queue.answer(id) }
    func condemn(_ id: Int, _ verdict: Loss) -> Bool { queue.condemn(id, verdict) }
    func cancel(_ id: Int) -> RequestQueue<String>.Cancellation { queue.cancel(id) }
    func settle(_ id: Int) { queue.settle(id) }
    func end() -> [(waiter: String, loss: Loss)] { queue.end() }
}

@Suite struct RequestQueueTests {
    @Test func sendsOneAtATimeInOrder() {
        let queue = Machine()
        #expect(queue.add(1, "a") == nil)
        #expect(queue.add(2, "b") == nil)
        #expect(queue.next() == "a")
        #expect(queue.next() == nil)
        #expect(queue.answer(2)?.waiter == nil)
        #expect(queue.answer(1)?.waiter == "a")
        #expect(queue.next() == "b")
    }

    @Test func tellsTheRequestInFlightFromItsNeighbours() {
        let queue = Machine()
        _ = queue.add(1, "a")
        _ = queue.add(2, "b")
        _ = queue.next()
        let losses = queue.end()
        #expect(losses.map(\.waiter) == ["a", "b"])
        #expect(losses.map(\.loss) == [.duringRequest, .beside])
        #expect(queue.add(3, "c") == .beside)
        #expect(queue.end().isEmpty)
    }

    @Test func keepsTheFirstVerdict() {
        let queue = Machine()
        _ = queue.add(1, "a")
        _ = queue.next()
        #expect(queue.condemn(1, .tookTooLong))
        #expect(queue.condemn(1, .cancelled))
        #expect(!queue.condemn(2, .cancelled))
        #expect(queue.end().map(\.loss) == [.tookTooLong])
    }

    @Test func aReplyAfterACancellationIsStillACancellation() {
        let queue = Machine()
        _ = queue.add(1, "a")
        _ = queue.next()
        guard case .inFlight = queue.cancel(1) else {
            Issue.record("the request was not in flight")
            return
        }
        #expect(queue.answer(1)?.verdict == .cancelled)
    }

    @Test func cancelsBeforeDuringAndAfterWaiting() {
        let queue = Machine()
        guard case .unknown = queue.cancel(1) else {
            Issue.record("a request was known before it was added")
            return
        }
        #expect(queue.add(1, "a") == .cancelled)
        _ = queue.add(2, "b")
        guard case .waiting("b") = queue.cancel(2) else {
            Issue.record("the request did not wait")
            return
        }
        _ = queue.cancel(3)
        queue.settle(3)
        #expect(queue.add(3, "c") == nil)
    }
}
