import POSIX
import Testing

@testable import Lifecycle

private struct Broken: Error {}

@Suite struct ServiceGroupStateMachineTests {
    private typealias Action = ServiceGroupStateMachine.Action

    private func running(_ count: Int) -> ServiceGroupStateMachine {
        var machine = ServiceGroupStateMachine(names: (0..<count).map { "s\($0)" })
        _ = machine.begin()
        for index in 0..<count { _ = machine.becameReady(index) }
        return machine
    }

    @Test func startsInOrderAndReportsReadyOnce() {
        var machine = ServiceGroupStateMachine(names: ["a", "b"])
        #expect(machine.begin() == [.start(0)])
        #expect(machine.becameReady(0) == [.start(1)])
        #expect(machine.becameReady(0) == [])
        #expect(machine.becameReady(1) == [.notifyReady])
        #expect(machine.becameReady(1) == [])
    }

    @Test func stopsInReverseOrder() {
        var machine = running(3)
        #expect(machine.received(.terminate) == [.notifyStopping, .armDeadline, .shutDown(2)])
        #expect(machine.ended(2, nil) == [.shutDown(1)])
        #expect(machine.ended(0, nil) == [.shutDown(1)])
        #expect(machine.ended(1, nil) == [.finish])
        #expect(machine.failure == nil)
    }

    @Test func stopsOnlyWhatWasStarted() {
        var machine = ServiceGroupStateMachine(names: ["a", "b"])
        _ = machine.begin()
        #expect(machine.received(.interrupt) == [.notifyStopping, .armDeadline, .shutDown(0)])
        // Ready too late: the next one is not started any more.
        #expect(machine.becameReady(0) == [])
        #expect(machine.ended(0, nil) == [.finish])
    }

    @Test func endsWithTheFirstFailure() {
        var machine = running(3)
        #expect(machine.ended(1, Broken()) == [.notifyStopping, .armDeadline, .shutDown(2)])
        #expect(machine.ended(2, LifecycleError.returnedEarly(service: "x")) == [.shutDown(0)])
        #expect(machine.ended(0, nil) == [.finish])
        #expect(machine.failure is Broken)
    }

    @Test func countsAReturnAsAFailure() {
        var machine = running(1)
        #expect(machine.ended(0, nil) == [.notifyStopping, .finish])
        #expect(machine.failure as? LifecycleError == .returnedEarly(service: "s0"))
    }

    @Test func exitsAtOnceOnASecondSignal() {
        for (signal, code) in [(2, 130), (15, 143)] as [(Int32, Int32)] {
            var machine = running(1)
            _ = machine.received(.terminate)
            #expect(machine.received(signal == 2 ? .interrupt : .terminate) == [.exit(code)])
            #expect(machine.received(.terminate) == [])
        }
    }

    @Test func cancelsAfterTheDeadlineAndExitsAfterTheGrace() {
        var machine = running(2)
        #expect(machine.deadlinePassed() == [])
        _ = machine.received(.terminate)
        #expect(machine.deadlinePassed() == [.cancelAll, .armGrace])
        #expect(machine.deadlinePassed() == [])
        #expect(machine.ended(1, CancellationError()) == [.shutDown(0)])
        #expect(machine.failure as? LifecycleError == .deadlinePassed(services: ["s0", "s1"]))
        #expect(machine.gracePassed() == [.exit(1)])
        #expect(machine.ended(0, nil) == [])
    }

    @Test func reloadsOneAtATimeAndForgetsNone() {
        var machine = ServiceGroupStateMachine(names: ["a"])
        _ = machine.begin()
        #expect(machine.received(.hangUp) == [])
        #expect(machine.becameReady(0) == [.notifyReady, .notifyReloading, .runReloads])
        #expect(machine.received(.hangUp) == [])
        #expect(machine.received(.hangUp) == [])
        #expect(machine.reloaded() == [.notifyReady, .notifyReloading, .runReloads])
        #expect(machine.reloaded() == [.notifyReady])
        #expect(machine.received(.hangUp) == [.notifyReloading, .runReloads])
        _ = machine.received(.terminate)
        #expect(machine.received(.hangUp) == [])
        #expect(machine.reloaded() == [])
    }
}
