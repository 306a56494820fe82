import DeviceManager
import DeviceProtocol
import POSIX
import Testing

/// What ends, and how.
@Suite struct SchedulerEndTests {
    @Test(arguments: [
        (["nobody"], "unknown_model"), ([], "bad_request"), (["a", "a"], "bad_request"),
        (["a", "b"], "set_too_large"), (["huge"], "too_large"),
    ])
    func refusesAtOnceWhatCanNeverCome(models: [String], code: String) {
        var world = SchedulerHarness(
            devices: [
                DeviceDescription(name: "cpu", rule: .stopProcess(engines: 1), budget: 100)
            ],
            models: [("a", 40), ("b", 40), ("huge", 101)].map {
                ModelDescription(name: $0, device: "cpu", footprint: $1)
            }
        )
        let ticket = world.ask(models)
        #expect(world.last(ticket) == code)
        #expect(world.scheduler.liveTickets.isEmpty)
    }

    @Test func refusesWhatPinnedModelsLeaveNoRoomFor() {
        var world = SchedulerHarness.cpu()
        for model in ["a", "b"] {
            let ticket = world.ask([model])
            world.ready(model)
            world.end(ticket)
            world.pin(model)
        }
        let ticket = world.ask(["c"])
        #expect(world.last(ticket) == "too_large")
        world.pin("a", false)
        let again = world.ask(["c"])
        #expect(world.word("a") == "draining")
        world.gone("a")
        world.ready("c")
        #expect(world.last(again) == "granted")
        #expect(world.violations == [])
    }

    @Test func aDeadlineEndsAWaitingTicket() {
        var world = SchedulerHarness.cpu()
        let ticket = world.ask(["a"], deadline: .seconds(3))
        #expect(world.scheduler.nextEvent == MonotonicTime(nanoseconds: 3_000_000_000))
        world.advance(.seconds(3))
        #expect(world.last(ticket) == "expired")
        world.ready("a")
        #expect(world.last(ticket) == "expired")
        let late = world.ask(["a"], deadline: .zero)
        #expect(world.last(late) == "expired")
        #expect(world.violations == [])
    }

    @Test func keepAliveEndsAnUnusedResidency() {
        var world = SchedulerHarness.cpu(keepAlive: .seconds(10))
        let ticket = world.ask(["a"])
        world.ready("a")
        world.advance(.seconds(60))
        #expect(world.word("a") == "ready", "it is in use")
        world.end(ticket)
        world.advance(.seconds(9))
        #expect(world.word("a") == "ready")
        world.advance(.seconds(1))
        #expect(world.word("a") == "draining")
    }

    @Test func unloadWaitsForTicketsAndHarmsNone() {
        var world = SchedulerHarness.cpu(keepAlive: nil)
        let ticket = world.ask(["a"])
        world.ready("a")
        world.unload("a")
        #expect(world.word("a") == "ready")
        #expect(world.last(ticket) == "granted")
        world.end(ticket)
        #expect(world.word("a") == "draining")
        world.gone("a")
        #expect(world.word("a") == "absent")
    }

    @Test func aCrashIsRetriedOnceAndThenFails() {
        var world = SchedulerHarness.cpu()
        let ticket = world.ask(["a"])
        world.ready("a")
        world.gone("a")
        #expect(world.last(ticket) == "requeued")
        #expect(world.word("a") == "loading", "the first crash costs no pause")
        world.ready("a")
        #expect(world.last(ticket) == "granted")
        world.gone("a")
        #expect(world.last(ticket) == "engine_failed")
        #expect(world.word("a") == "failed")
        let refused = world.ask(["a"])
        #expect(world.last(refused) == "load_failed")
        world.advance(.seconds(1))
        let again = world.ask(["a"])
        world.ready("a")
        #expect(world.last(again) == "granted")
        #expect(world.violations == [])
    }

    @Test func pausesDoubleUpToTheLimit() {
        var world = SchedulerHarness.cpu()
        var pauses: [Int64] = []
        for _ in 0..<9 {
            _ = world.ask(["a"])
            world.gone("a", .loadFailed("no such file"))
            let pause = world.scheduler.residency("a")?.notBefore.map { $0 - world.now }
            pauses.append((pause?.nanoseconds ?? 0) / 1_000_000_000)
            world.advance(.seconds(60))
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test func aFailedLoadEndsEveryoneWhoWaitsForItAndNobodyElse() {
        var world = SchedulerHarness.cpu()
        let other = world.ask(["b"])
        world.ready("b")
        let waiting = (0..<2).map { _ in world.ask(["a"]) }
        world.end(other)
        world.gone("a", .loadFailed("no such file"))
        #expect(waiting.map(world.last) == ["load_failed", "load_failed"])
        #expect(world.word("b") == "ready")
        #expect(world.violations == [])
    }

    @Test func aLoadThatTakesTooLongFails() {
        var world = SchedulerHarness.cpu()
        let ticket = world.ask(["a"])
        world.advance(.seconds(119))
        #expect(world.last(ticket) == "nothing")
        world.advance(.seconds(1))
        #expect(world.last(ticket) == "load_failed")
        #expect(world.word("a") == "draining")
        world.gone("a")
        #expect(world.word("a") == "failed")
    }

    @Test func aLoadThatTakesTooLongIsNoticedThoughNothingElseHappens() {
        let model = ModelDescription(
            name: "a",
            device: "cpu",
            footprint: 40,
            // Sooner than anything else ends.
            loadTimeout: .seconds(2)
        )
        let cpu = DeviceDescription(name: "cpu", rule: .stopProcess(engines: 1), budget: 100)
        var world = SchedulerHarness(devices: [cpu], models: [model])
        let ticket = world.ask(["a"])
        #expect(world.scheduler.nextEvent == world.now + .seconds(2))
        world.advance(.seconds(2))
        #expect(world.last(ticket) == "load_failed")
    }

    @Test func loadingTimeExcludesStoppedTime() {
        var world = SchedulerHarness.cpu()
        let low = world.ask(["a"], .background)
        world.advance(.seconds(100))
        let high = world.ask(["b"], .realtime)
        world.ready("b")
        world.advance(.seconds(100))
        #expect(world.last(low) == "nothing")
        world.end(high)
        world.advance(.seconds(20))
        #expect(world.last(low) == "load_failed")
        #expect(world.violations == [])
    }

    @Test func growthEvictsIdleModelsAndThenEndsTheOneThatGrew() {
        var world = SchedulerHarness.cpu(rule: .stopProcess(engines: 2))
        let idle = world.ask(["a"])
        world.ready("a")
        world.end(idle)
        let busy = world.ask(["b"])
        world.ready("b")
        world.measured("b", bytes: 90)
        #expect(world.word("a") == "draining")
        world.gone("a")
        world.measured("b", bytes: 120)
        #expect(world.last(busy) == "granted", "nothing is ended at the first sight")
        world.advance(.seconds(1))
        world.measured("b", bytes: 120)
        #expect(world.last(busy) == "memory_exceeded")
        #expect(world.word("b") == "draining")
        #expect(world.violations == [])
    }

    @Test func aModelThatWasOnlyGuessedGetsWhatItNeedsTheNextTime() {
        var world = SchedulerHarness.cpu(["a", "b"], rule: .stopProcess(engines: 2))
        let tickets = ["a", "b"].map { world.ask([$0], key: $0) }
        for model in ["a", "b"] { world.ready(model) }
        for _ in 0..<2 {
            for model in ["a", "b"] { world.measured(model, bytes: 60) }
            world.advance(.seconds(1))
        }
        world.measured("a", bytes: 60)
        #expect(tickets.map(world.last).sorted() == ["granted", "requeued"])
        for model in ["a", "b"] where world.word(model) == "draining" { world.gone(model) }
        for ticket in tickets where world.last(ticket) == "granted" { world.end(ticket) }
        world.advance(.seconds(30))
        for model in ["a", "b", "a"] {
            if world.word(model) == "draining" { world.gone(model) }
            world.ready(model, bytes: 60)
        }
        #expect(tickets.map { world.told[$0]?.contains("memory_exceeded") } == [false, false])
        #expect(world.told.values.flatMap { $0 }.filter { $0 == "granted" }.count == 3)
    }

    @Test func queuesAreBoundedByModelAndKey() {
        var limits = SchedulerLimits()
        limits.waitingPerModel = 3
        limits.waitingPerKey = 2
        var world = SchedulerHarness(
            devices: [
                DeviceDescription(name: "cpu", rule: .stopProcess(engines: 1), budget: 100)
            ],
            models: [ModelDescription(name: "a", device: "cpu", footprint: 40)],
            limits: limits
        )
        let mine = (0..<3).map { _ in world.ask(["a"], key: "mine") }
        #expect(mine.map(world.last) == ["nothing", "nothing", "queue_full"])
        let yours = (0..<2).map { _ in world.ask(["a"], key: "yours") }
        #expect(yours.map(world.last) == ["nothing", "queue_full"])
    }

    @Test func drainingRefusesTheQueueAndLetsGrantedTicketsFinish() {
        var world = SchedulerHarness.cpu()
        let running = world.ask(["a"])
        world.ready("a")
        let waiting = world.ask(["b"])
        world.drain()
        #expect([running, waiting].map(world.last) == ["granted", "draining"])
        let late = world.ask(["a"])
        #expect(world.last(late) == "draining")
        world.end(running)
        #expect(world.word("a") == "draining")
    }

    @Test func aTicketThatLeavesWhileItsModelLoadsHarmsNothing() {
        var world = SchedulerHarness.cpu()
        let gone = world.ask(["a"])
        world.end(gone)
        let other = world.ask(["b"])
        world.ready("a")
        world.ready("b")
        #expect(world.last(other) == "granted")
        #expect(world.violations == [])
    }

    @Test func noEngineStaysStoppedByMistake() {
        var world = SchedulerHarness.cpu()
        let low = world.ask(["a"], .background)
        world.ready("a")
        let high = world.ask(["b"], .realtime)
        world.ready("b")
        #expect(!world.isRunning("a"))
        world.end(low)
        world.end(high)
        #expect(world.isRunning("a"))
    }
}
