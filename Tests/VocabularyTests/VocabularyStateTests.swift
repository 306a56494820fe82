import POSIX
import Testing
import VocabularyProtocol

@testable import VocabularyClient

/// The state machine by reference, because expectations cannot call mutating functions.
private final class Machine {
    typealias Action = VocabularyState.Action

    private var state: VocabularyState

    init(requests: Int = 16) {
        state = VocabularyState(
            .init(requests: requests, timeLimit: .seconds(10), idleLimit: .seconds(300))
        )
    }

    func ask(_ id: Int, at seconds: Double) -> [Action] { state.ask(id, at: time(seconds)) }
    func cancel(_ id: Int) { state.cancel(id) }
    func answered(_ id: Int, at seconds: Double) -> [Action] {
        state.answered(id, at: time(seconds))
    }
    func crash(at seconds: Double) -> [Action] { state.lost(.crash("x"), at: time(seconds)) }
    func fail(at seconds: Double) -> [Action] { state.lost(.failure("x"), at: time(seconds)) }
    func advance(to seconds: Double) -> [Action] { state.advance(to: time(seconds)) }
    func close() -> [Action] { state.close() }
    var deadline: Double? { state.deadline.map { $0.seconds(since: time(0)) } }

    private func time(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * 1_000_000_000))
    }
}

extension VocabularyState.Action {
    /// The request that is failed and with what, whatever the message.
    fileprivate var failure: [String] {
        if case .fail(let id, let error) = self { ["\(id) \(error.code)"] } else { [] }
    }
}

@Suite struct VocabularyStateTests {
    @Test func startsOnceAndSendsOneAtATime() {
        let machine = Machine()
        #expect(machine.ask(1, at: 0) == [.start, .send(1)])
        #expect(machine.ask(2, at: 0) == [])
        #expect(machine.ask(3, at: 0) == [])
        #expect(machine.answered(2, at: 0) == [])
        #expect(machine.answered(1, at: 0) == [.send(2)])
        #expect(machine.answered(2, at: 0) == [.send(3)])
        #expect(machine.answered(3, at: 0) == [])
        #expect(machine.ask(4, at: 1) == [.send(4)])
    }

    @Test func refusesMoreThanItsBound() {
        let machine = Machine(requests: 2)
        _ = machine.ask(1, at: 0)
        _ = machine.ask(2, at: 0)
        #expect(machine.ask(3, at: 0).flatMap(\.failure) == ["3 busy"])
        _ = machine.answered(1, at: 0)
        #expect(machine.ask(4, at: 0) == [])
    }

    @Test func repeatsOnceAfterACrash() {
        let machine = Machine()
        _ = machine.ask(1, at: 0)
        _ = machine.ask(2, at: 0)
        #expect(machine.crash(at: 1) == [.start, .send(1)])
        // The second end fails the first request; the next one is not blamed for it.
        let actions = machine.crash(at: 2)
        #expect(actions.flatMap(\.failure) == ["1 crashed"])
        #expect(actions.dropFirst() == [.start, .send(2)])
        #expect(machine.answered(2, at: 3) == [])
    }

    @Test func saysThatItCannotBeStarted() {
        let machine = Machine()
        _ = machine.ask(1, at: 0)
        #expect(machine.fail(at: 0) == [.start, .send(1)])
        #expect(machine.fail(at: 0).flatMap(\.failure) == ["1 failed"])
    }

    @Test func waitsLongerAfterEachEndInARow() {
        let machine = Machine()
        _ = machine.ask(1, at: 0)
        _ = machine.crash(at: 0)
        _ = machine.crash(at: 0)
        #expect(machine.ask(2, at: 0) == [.start, .send(2)])
        #expect(machine.crash(at: 0) == [])
        #expect(machine.deadline == 0.1)
        #expect(machine.advance(to: 0.1) == [.start, .send(2)])
        #expect(machine.crash(at: 1).flatMap(\.failure) == ["2 crashed"])
        #expect(machine.ask(3, at: 1) == [])
        #expect(machine.deadline == 1.2)
        #expect(machine.advance(to: 1.2) == [.start, .send(3)])
        // An answer forgives everything.
        _ = machine.answered(3, at: 2)
        _ = machine.crash(at: 3)
        #expect(machine.ask(4, at: 3) == [.start, .send(4)])
    }

    @Test func endsAProcessOnlyForTheRequestThatItWorksOn() {
        let machine = Machine()
        _ = machine.ask(1, at: 0)
        _ = machine.ask(2, at: 4)
        #expect(machine.deadline == 10)
        #expect(machine.answered(1, at: 9) == [.send(2)])
        // Its caller has waited long enough, but the process had it for five seconds only.
        #expect(machine.advance(to: 14).flatMap(\.failure) == ["2 timeout"])
        #expect(machine.ask(3, at: 15) == [])
        #expect(machine.advance(to: 19) == [.end])
        #expect(machine.crash(at: 19) == [.start, .send(3)])
    }

    @Test func endsAProcessThatHangsAndGoesOn() {
        let machine = Machine()
        _ = machine.ask(1, at: 0)
        _ = machine.ask(2, at: 1)
        let actions = machine.advance(to: 10)
        #expect(actions.flatMap(\.failure) == ["1 timeout"])
        #expect(actions.last == .end)
        // A request is never repeated after it took too long.
        #expect(machine.crash(at: 10) == [.start, .send(2)])
    }

    @Test func abandonsWhatWasCancelled() {
        let machine = Machine()
        _ = machine.ask(1, at: 0)
        _ = machine.ask(2, at: 0)
        _ = machine.ask(3, at: 0)
        machine.cancel(1)
        machine.cancel(2)
        // The process still works on the first one.
        #expect(machine.answered(1, at: 1) == [.send(3)])
        machine.cancel(3)
        // Nor is it repeated.
        #expect(machine.crash(at: 2) == [])
        #expect(machine.deadline == nil)
    }

    @Test func endsAnAbandonedRequestInTime() {
        let machine = Machine()
        _ = machine.ask(1, at: 0)
        machine.cancel(1)
        #expect(machine.deadline == 10)
        #expect(machine.advance(to: 10) == [.end])
    }

    @Test func endsWhenIdle() {
        let machine = Machine()
        _ = machine.ask(1, at: 0)
        _ = machine.answered(1, at: 1)
        #expect(machine.deadline == 301)
        #expect(machine.advance(to: 300) == [])
        #expect(machine.advance(to: 301) == [.end])
        #expect(machine.deadline == nil)
        // Comes while it still ends: waits for its end.
        #expect(machine.ask(2, at: 301) == [])
        #expect(machine.crash(at: 302) == [.start, .send(2)])
    }

    @Test func refusesEverybodyOnceClosed() {
        let machine = Machine()
        _ = machine.ask(1, at: 0)
        _ = machine.ask(2, at: 0)
        let actions = machine.close()
        #expect(actions.flatMap(\.failure) == ["1 failed", "2 failed"])
        #expect(actions.last == .end)
        #expect(machine.ask(3, at: 1).flatMap(\.failure) == ["3 failed"])
        #expect(machine.crash(at: 1) == [])
        #expect(machine.close() == [])
    }
}
