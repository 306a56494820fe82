import DeviceManager
import DeviceProtocol
import POSIX
import Testing

/// What the scheduler decides, case by case.
@Suite struct SchedulerTests {
    @Test func loadsAModelAndGrantsItsTicket() {
        var world = SchedulerHarness.cpu()
        let ticket = world.ask(["a"])
        #expect(world.word("a") == "loading")
        #expect(world.last(ticket) == "nothing")
        world.ready("a")
        #expect(world.last(ticket) == "granted")
        world.end(ticket)
        #expect(world.word("a") == "ready")
        #expect(world.violations == [])
    }

    @Test func countsHowMuchOfAWaitWasLoading() {
        var world = SchedulerHarness.cpu()
        let first = world.ask(["a"])
        world.advance(.milliseconds(30))
        let second = world.ask(["a"])
        world.advance(.milliseconds(20))
        world.ready("a")
        #expect(world.scheduler.ticket(first)?.loading == .milliseconds(50))
        #expect(world.scheduler.ticket(second)?.loading == .milliseconds(20))
        world.end(first)
        let third = world.ask(["a"])
        #expect(world.scheduler.ticket(third)?.loading == .zero)
    }

    @Test func grantsOnlyAsManyTicketsAsAnEngineHasSlots() {
        var world = SchedulerHarness.cpu(slots: 2)
        let tickets = (0..<3).map { _ in world.ask(["a"]) }
        world.ready("a")
        #expect(tickets.map(world.last) == ["granted", "granted", "nothing"])
        world.end(tickets[0])
        #expect(world.last(tickets[2]) == "granted")
        #expect(world.violations == [])
    }

    @Test func stopsTheHolderForAHigherClassAndContinuesItAfterwards() {
        var world = SchedulerHarness.cpu()
        let chat = world.ask(["a"], .background)
        world.ready("a")
        let camera = world.ask(["b"], .realtime)
        // Loading runs in the class of the ticket that asked.
        #expect(!world.isRunning("a"))
        world.ready("b")
        #expect(world.last(camera) == "granted")
        #expect(!world.isRunning("a"))
        #expect(world.isRunning("b"))
        world.end(camera)
        #expect(world.isRunning("a"))
        #expect(world.last(chat) == "granted", "a stopped ticket keeps its grant")
        #expect(world.violations == [])
    }

    @Test func doesNotInterruptATurnForAnEqual() {
        var world = SchedulerHarness.cpu()
        let first = world.ask(["a"])
        world.ready("a")
        let second = world.ask(["b"])
        #expect(world.isRunning("a"))
        #expect(world.last(second) == "nothing")
        world.end(first)
        world.ready("b")
        #expect(world.last(second) == "granted")
        #expect(world.violations == [])
    }

    @Test func laterTicketsDoNotOvertakeAnEqualThatWaitsForItsTurn() {
        var world = SchedulerHarness.cpu()
        for model in ["a", "b"] {
            let load = world.ask([model])
            world.ready(model)
            world.end(load)
        }
        let first = world.ask(["a"])
        let second = world.ask(["b"])
        let third = world.ask(["a"])
        #expect([first, second, third].map(world.last) == ["granted", "nothing", "nothing"])
        world.end(first)
        #expect([second, third].map(world.last) == ["granted", "nothing"])
        world.end(second)
        #expect(world.last(third) == "granted")
        #expect(world.violations == [])
    }

    @Test func heldTimeExcludesStoppedTime() {
        var world = SchedulerHarness.cpu()
        let chat = world.ask(["a"], .background)
        world.ready("a")
        world.advance(.seconds(2))
        let camera = world.ask(["b"], .realtime)
        world.ready("b")
        world.advance(.seconds(5))
        world.end(camera)
        world.advance(.seconds(1))
        #expect(world.scheduler.ticket(chat)?.held(at: world.now) == .seconds(3))
    }

    @Test func evictsTheLongestUnusedIdleModelAndWaitsForItsMemory() {
        var world = SchedulerHarness.cpu()
        for model in ["a", "b"] {
            let ticket = world.ask([model])
            world.ready(model)
            world.advance(.seconds(1))
            world.end(ticket)
        }
        let ticket = world.ask(["c"])
        #expect(world.word("a") == "draining")
        #expect(world.word("c") == "absent", "memory counts until the engine is gone")
        world.gone("a")
        #expect(world.word("c") == "loading")
        world.ready("c")
        #expect(world.last(ticket) == "granted")
        #expect(world.violations == [])
    }

    @Test func neverEvictsABusyModelForAnEqual() {
        var world = SchedulerHarness.cpu(rule: .stopProcess(engines: 3))
        let first = world.ask(["a"])
        let second = world.ask(["b"])
        world.ready("a")
        world.ready("b")
        let third = world.ask(["c"])
        #expect(["a", "b", "c"].map(world.word) == ["ready", "ready", "absent"])
        world.end(first)
        #expect(world.word("a") == "draining")
        world.gone("a")
        world.ready("c")
        #expect([second, third].map(world.last) == ["granted", "granted"])
        #expect(world.violations == [])
    }

    @Test func evictsABusyModelForAHigherClassAndQueuesItsTicketAgain() {
        var world = SchedulerHarness.cpu(rule: .stopProcess(engines: 2))
        let low = ["a", "b"].map { world.ask([$0], .background) }
        world.ready("a")
        world.ready("b")
        let high = world.ask(["c"], .interactive)
        #expect(low.map(world.last) == ["requeued", "granted"])
        world.gone("a")
        world.ready("c")
        #expect(world.last(high) == "granted")
        world.end(high)
        #expect(world.word("c") == "draining", "it makes room for the ticket that waits again")
        world.gone("c")
        world.ready("a")
        #expect(low.map(world.last) == ["granted", "granted"])
        #expect(world.violations == [])
    }

    @Test func takesSetsTogetherOrNotAtAll() {
        var world = SchedulerHarness.cpu(rule: .stopProcess(engines: 2))
        let set = world.ask(["a", "b"])
        world.ready("a")
        #expect(world.last(set) == "nothing")
        world.ready("b")
        #expect(world.last(set) == "granted")
        world.end(set)
        let tooWide = world.ask(["a", "b", "c"])
        #expect(world.last(tooWide) == "set_too_large")
        #expect(world.violations == [])
    }

    @Test func oppositeSetsDoNotBlockEachOther() {
        var world = SchedulerHarness.cpu(["a", "b", "c"], rule: .stopProcess(engines: 2))
        let first = world.ask(["a", "b"])
        let second = world.ask(["b", "c"])
        world.ready("a")
        world.ready("b")
        #expect(world.last(first) == "granted")
        world.end(first)
        world.gone("a")
        world.ready("c")
        #expect(world.last(second) == "granted")
        #expect(world.violations == [])
    }

    @Test func idleTicketsHoldNothing() {
        var world = SchedulerHarness.cpu()
        let live = world.ask(["a"])
        world.ready("a")
        world.change(live, isBusy: false)
        let other = world.ask(["b"])
        world.ready("b")
        #expect(world.last(other) == "granted")
        world.change(live, isBusy: true)
        #expect(world.told[live] == ["granted"], "it waits for its next turn")
        world.end(other)
        #expect(world.told[live] == ["granted", "granted"])
        #expect(world.violations == [])
    }

    @Test func dispatchDevicesStopNothingAndKeepTheirDepth() {
        var world = SchedulerHarness.cpu(rule: .dispatch(depth: 2), slots: 4)
        let first = world.ask(["a"], .background)
        world.ready("a")
        let others = (0..<2).map { _ in world.ask(["a"]) }
        #expect(
            [first, others[0], others[1]].map(world.last) == ["granted", "granted", "nothing"]
        )
        let urgent = world.ask(["a"], .realtime)
        world.end(first)
        #expect(world.last(urgent) == "granted", "order is kept at the door")
        #expect(world.last(others[1]) == "nothing")
        #expect(world.isRunning("a"))
        #expect(world.violations == [])
    }

    @Test func aLeaseIsHeldByOneTicket() {
        var world = SchedulerHarness.cpu(rule: .lease)
        let first = world.ask(["a"])
        world.ready("a")
        let second = world.ask(["a"])
        #expect([first, second].map(world.last) == ["granted", "nothing"])
        world.end(first)
        #expect(world.last(second) == "granted")
        #expect(world.violations == [])
    }

    @Test func aLoadTicketIsGrantedWithoutATurn() {
        var world = SchedulerHarness.cpu()
        let busy = world.ask(["a"])
        world.ready("a")
        let load = world.ask(["a"], .background, purpose: .load)
        #expect(world.last(load) == "granted")
        #expect(world.last(busy) == "granted")
        #expect(world.violations == [])
    }
}
