import DeviceManager
import DeviceProtocol
import POSIX
import Testing

/// Work that was called off and goes on: invariant 1 holds for it too.
@Suite struct SchedulerLingeringTests {
    /// Models that are loaded.
    private func world(
        _ models: [String] = ["a", "b"],
        rule: TurnRule = .stopProcess(engines: 1)
    ) -> SchedulerHarness {
        var world = SchedulerHarness.cpu(models, rule: rule)
        for model in models {
            let ticket = world.ask([model], purpose: .load)
            world.advance(.milliseconds(1500))
            world.ready(model)
            world.end(ticket)
        }
        return world
    }

    @Test func anEngineThatGoesOnIsStoppedForOthersAndResumedAfterThem() {
        var world = world()
        let gone = world.ask(["a"])
        world.linger("a")
        world.end(gone)
        #expect(world.isRunning("a"), "nobody else wants the device")
        let other = world.ask(["b"], key: "other")
        #expect(world.last(other) == "granted")
        #expect(!world.isRunning("a"))
        world.end(other)
        #expect(world.isRunning("a"))
        world.settled("a")
        let next = world.ask(["b"], key: "other")
        #expect(world.isRunning("a"), "it does nothing any more, so nobody stops it")
        world.end(next)
        #expect(world.violations == [])
    }

    @Test func aPlaceThatIsLeftIsGivenToIt() {
        var world = world(rule: .stopProcess(engines: 2))
        let gone = world.ask(["a"])
        world.linger("a")
        world.end(gone)
        let other = world.ask(["b"])
        #expect(world.last(other) == "granted")
        #expect(world.isRunning("a"))
    }

    @Test func whereNothingIsStoppedItKeepsItsPlaceInside() {
        var world = world(rule: .dispatch(depth: 1))
        let gone = world.ask(["a"])
        world.linger("a")
        world.end(gone)
        let other = world.ask(["b"], key: "other")
        #expect(world.last(other) == "nothing")
        world.settled("a")
        #expect(world.last(other) == "granted")
    }

    @Test func itIsEndedWhenLoadingItAgainWouldHaveTakenAsLong() {
        var world = world()
        let gone = world.ask(["a"])
        world.linger("a")
        world.end(gone)
        world.advance(.milliseconds(1000))
        // While it is stopped its time stands still.
        let other = world.ask(["b"], key: "other")
        world.advance(.seconds(100))
        world.end(other)
        world.advance(.milliseconds(499))
        #expect(world.word("a") == "ready")
        world.advance(.milliseconds(1))
        #expect(world.word("a") == "draining")
        world.gone("a")
        #expect(world.scheduler.counts.abandoned == 1)
        #expect(world.scheduler.residency("a")?.failures == 0, "a client left, nothing failed")
        let again = world.ask(["a"])
        world.ready("a")
        #expect(world.last(again) == "granted")
        #expect(world.scheduler.residency("a")?.lingering == 0)
        #expect(world.violations == [])
    }

    @Test func anEngineThatEndedLingersNoMore() {
        var world = world(rule: .dispatch(depth: 1))
        let gone = world.ask(["a"])
        world.linger("a")
        world.end(gone)
        world.gone("a")
        let other = world.ask(["b"])
        #expect(world.last(other) == "granted")
        world.settled("a")
        #expect(world.scheduler.residency("a")?.lingering == 0)
    }
}
