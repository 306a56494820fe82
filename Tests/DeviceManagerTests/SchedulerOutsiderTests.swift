import DeviceManager
import DeviceProtocol
import POSIX
import Testing

/// Programs outside that drive a device: invariant 1 holds for them too, and they yield like engines.
@Suite struct SchedulerOutsiderTests {
    /// A model that is loaded and an outsider that has the device.
    private func world() -> (SchedulerHarness, TicketID) {
        var world = SchedulerHarness.cpu(["a"], outsiders: ["x"])
        let load = world.ask(["a"], purpose: .load)
        world.ready("a")
        world.end(load)
        let lease = world.ask(["x"], key: "outside")
        world.ready("x")
        return (world, lease)
    }

    @Test func nobodyIsAskedWhileNobodyElseWantsTheDevice() {
        var (world, lease) = world()
        #expect(world.last(lease) == "granted")
        world.advance(.seconds(60))
        #expect(world.asked.isEmpty)
        #expect(world.violations == [])
    }

    @Test func aHigherClassHasTheDeviceOnceTheOutsiderHasYielded() {
        var (world, lease) = world()
        let camera = world.ask(["a"], .realtime)
        #expect(world.asked == ["x"])
        #expect(world.last(camera) == "nothing", "the outsider runs still")
        world.advance(.milliseconds(20))
        world.yielded("x")
        #expect(world.last(camera) == "granted")
        #expect(!world.isRunning("x"))
        world.end(camera)
        #expect(world.isRunning("x"), "nobody else wants the device")
        #expect(world.scheduler.ticket(lease)?.state == .busy)
        #expect(world.violations == [])
    }

    @Test func equalsTakeTurnsWithIt() {
        var (world, lease) = world()
        let other = world.ask(["a"])
        #expect(world.asked.isEmpty, "its turn is not over")
        world.advance(.milliseconds(300))
        #expect(world.asked == ["x"])
        world.yielded("x")
        #expect(world.last(other) == "granted")
        world.advance(.milliseconds(300))
        #expect(world.isRunning("x") && !world.isRunning("a"))
        #expect(world.scheduler.residency("x")?.turns == 2)
        #expect(world.scheduler.residency("a")?.turns == 1)
        world.end(lease)
        #expect(world.violations == [])
    }

    @Test func whoWantedTheDeviceMayLeaveBeforeItYields() {
        var (world, lease) = world()
        let camera = world.ask(["a"], .realtime)
        world.end(camera)
        world.yielded("x")
        #expect(world.isRunning("x"), "it may go on at once")
        #expect(world.scheduler.ticket(lease)?.state == .busy)
        #expect(world.violations == [])
    }

    @Test func oneThatDoesNotYieldLosesItsLeaseAndKeepsItsPlaceUntilItIsGone() {
        var (world, lease) = world()
        let camera = world.ask(["a"], .realtime)
        world.advance(.seconds(6))
        #expect(world.last(lease) == "held_too_long")
        #expect(world.word("x") == "draining")
        #expect(world.last(camera) == "nothing", "its process runs still")
        world.gone("x")
        #expect(world.last(camera) == "granted")
        #expect(world.word("x") == "absent", "the next one is another program")
        #expect(world.violations == [])
    }

    @Test func itIsNotTakenForAnEngineThatHangs() {
        var (world, lease) = world()
        for _ in 0..<100 { world.askForSigns() }
        #expect(world.last(lease) == "granted")
        #expect(!world.scheduler.awaitsSign("x"))
    }

    @Test func itIsNotEndedForAnEngineThatGrew() {
        var world = SchedulerHarness.cpu(["a"], rule: .stopProcess(engines: 2), outsiders: ["x"])
        let ours = world.ask(["a"])
        world.ready("a", bytes: 30)
        let lease = world.ask(["x"], key: "outside")
        world.ready("x")
        world.measured("a", bytes: 95)
        world.advance(.seconds(1))
        world.measured("a", bytes: 95)
        #expect(world.last(lease) == "granted")
        #expect(world.last(ours) == "requeued", "what it takes was only guessed before")
        #expect(world.violations == [])
    }

    @Test func oneThatNeverBeginsLeavesNothing() {
        var world = SchedulerHarness.cpu(["a"], outsiders: ["x"])
        let camera = world.ask(["a"], .realtime)
        world.ready("a")
        world.end(camera)
        let lease = world.ask(["x"], .background)
        // Before it is there somebody of a higher class takes the device.
        let next = world.ask(["a"], .realtime)
        world.ready("x")
        #expect(world.last(next) == "granted")
        world.end(lease)
        world.end(next)
        #expect(world.word("x") != "ready")
        world.gone("x")
        #expect(world.word("x") == "absent")
        #expect(world.scheduler.used(on: "cpu") == 40)
    }

    @Test func whoDoesNotFitBesideALeaseIsToldToComeBack() {
        var world = SchedulerHarness.cpu(["a"], outsiders: ["x"])
        world.scheduler.describe("x", bytes: 70, patience: .seconds(1))
        world.pin("x")
        _ = world.ask(["x"])
        world.ready("x")
        let refused = world.scheduler.ask(
            TicketRequest(models: ["a"], ticketClass: .interactive, key: "k"),
            at: world.now
        )
        guard case .reject(_, let refusal)? = refused.1.first else {
            Issue.record("it is not refused")
            return
        }
        #expect(refusal.code == .tooLarge)
        #expect(refusal.retryAfter != nil, "a lease ends by itself")
    }

    @Test func itsMemoryIsBackWithItsProcess() {
        var (world, lease) = world()
        #expect(world.scheduler.used(on: "cpu") == 50)
        world.end(lease)
        #expect(world.word("x") == "draining")
        world.gone("x")
        #expect(world.scheduler.used(on: "cpu") == 40)
        #expect(world.violations == [])
    }

    @Test func oneThatIsStoppedWhenItsLeaseEndsHoldsNobodyUp() {
        var (world, lease) = world()
        let camera = world.ask(["a"], .realtime)
        world.yielded("x")
        world.end(lease)
        world.end(camera)
        let next = world.ask(["a"])
        #expect(world.last(next) == "granted")
        #expect(world.violations == [])
    }
}
