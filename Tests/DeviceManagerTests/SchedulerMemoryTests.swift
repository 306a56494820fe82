import DeviceManager
import DeviceProtocol
import POSIX
import Testing

/// Invariants 6 and 8: swaps, overtaking, and refusals in time.
@Suite struct SchedulerMemoryTests {
    private static func world(
        _ models: [String] = ["a", "b"],
        budget: Int = 60,
        limits: SchedulerLimits = SchedulerLimits(),
        configure: (inout DeviceDescription) -> Void = { _ in }
    ) -> SchedulerHarness {
        var device = DeviceDescription(
            name: "cpu",
            rule: .stopProcess(engines: 1),
            budget: budget
        )
        configure(&device)
        return SchedulerHarness(
            devices: [device],
            models: models.map {
                ModelDescription(name: $0, device: "cpu", footprint: 40, slots: 1)
            },
            limits: limits
        )
    }

    /// Plays two clients, each of which asks for its model again as soon as it was served.
    ///
    /// - Returns: How often models were loaded, the longest wait, and how long it all took.
    private static func alternate(
        _ world: inout SchedulerHarness,
        requests: Int,
        load: Duration
    ) -> (loads: Int, longest: Duration, span: Duration) {
        var loading: [String: Duration] = [:]
        var asked: [TicketID: MonotonicTime] = [:]
        var waiting = ["a": world.ask(["a"], key: "anna"), "b": world.ask(["b"], key: "ben")]
        for id in waiting.values { asked[id] = world.now }
        var longest = Duration.zero
        var left = requests - 2
        let start = world.now
        while !waiting.isEmpty, world.now - start < .seconds(1000) {
            world.advance(.milliseconds(10))
            for model in ["a", "b"] {
                if world.word(model) == "draining" { world.gone(model) }
                if world.isRunning(model), world.word(model) == "loading" {
                    loading[model, default: .zero] += .milliseconds(10)
                    if loading[model, default: .zero] >= load {
                        loading[model] = nil
                        world.ready(model)
                    }
                }
                guard let id = waiting[model], world.last(id) == "granted" else { continue }
                longest = max(longest, world.now - (asked[id] ?? world.now))
                world.end(id)
                waiting[model] = nil
                if left > 0 {
                    left -= 1
                    let next = world.ask([model], key: model == "a" ? "anna" : "ben")
                    asked[next] = world.now
                    waiting[model] = next
                }
            }
        }
        let loads = world.scheduler.residencies.reduce(0) { $0 + $1.loads }
        return (loads, longest, world.now - start)
    }

    @Test func invariant6SwapsAtMostOnceInAMinimumResidency() {
        var world = Self.world {
            $0.minimumResidency = .seconds(2)
            $0.maximumOvertaking = .seconds(4)
        }
        let result = Self.alternate(&world, requests: 1000, load: .seconds(1))
        let bound = Int(result.span / Duration.seconds(2)) + 1
        #expect(world.scheduler.counts.swaps <= bound)
        #expect(world.scheduler.counts.swaps > 1, "both are served")
        // Overtaken at most that long; then the other's busy ticket, its end and the load.
        #expect(result.longest <= .seconds(4) + .seconds(1) + .milliseconds(100))
        #expect(world.scheduler.counts.overtakings > 0)
        #expect(world.violations == [])
    }

    @Test func invariant6DoesNotHoldUpAHigherClass() {
        var world = Self.world { $0.minimumResidency = .seconds(10) }
        for (model, ticketClass) in [
            ("a", TicketClass.background), ("b", .background), ("a", .background),
        ] {
            let id = world.ask([model], ticketClass)
            if world.word(model == "a" ? "b" : "a") == "draining" {
                world.gone(model == "a" ? "b" : "a")
            }
            world.advance(.seconds(5))
            world.ready(model)
            #expect(world.last(id) == "granted")
            world.end(id)
        }
        #expect(world.scheduler.counts.swaps == 1)
        let equal = world.ask(["b"], .background)
        #expect(world.word("a") == "ready", "an equal waits for the end of the residency")
        let high = world.ask(["b"], .realtime)
        #expect(world.word("a") == "draining")
        world.gone("a")
        world.ready("b")
        #expect([high, equal].map(world.last).contains("granted"))
        #expect(world.violations == [])
    }

    @Test func invariant6EndsOvertakingByLettingTheBusyOnesFinish() {
        var world = Self.world { $0.maximumOvertaking = .seconds(4) }
        var first = world.ask(["a"])
        world.ready("a")
        let wanted = world.ask(["b"])
        // Always a next one before the last has ended: the model is never idle.
        for _ in 0..<4 {
            let next = world.ask(["a"])
            world.advance(.milliseconds(900))
            world.end(first)
            #expect(world.last(next) == "granted")
            first = next
        }
        world.advance(.milliseconds(500))
        let late = world.ask(["a"])
        world.end(first)
        #expect(world.last(late) == "nothing", "no more overtaking")
        #expect(world.word("a") == "draining")
        world.gone("a")
        world.ready("b")
        #expect(world.last(wanted) == "granted")
        #expect(world.violations == [])
    }

    @Test func evictsWhatCostsLeastToLoadAgain() {
        var world = Self.world(["slow", "quick", "new"], budget: 100)
        for (model, load) in [("slow", 8), ("quick", 1)] {
            let id = world.ask([model])
            world.advance(.seconds(load))
            world.ready(model)
            world.end(id)
        }
        _ = world.ask(["new"])
        #expect(["slow", "quick"].map(world.word) == ["ready", "draining"])
        #expect(world.violations == [])
    }

    @Test func invariant8RefusesWhatWouldComeTooLate() {
        var world = Self.world(budget: 1000)
        for _ in 0..<8 {
            let id = world.ask(["a"])
            if world.word("a") == "loading" { world.ready("a") }
            world.advance(.milliseconds(1000))
            world.end(id)
        }
        let running = world.ask(["a"])
        let waiting = (0..<3).map { _ in world.ask(["a"]) }
        let hopeless = world.ask(["a"], deadline: .milliseconds(2500))
        #expect(world.last(hopeless) == "deadline_unreachable")
        let hopeful = world.ask(["a"], deadline: .seconds(10))
        #expect(world.last(hopeful) == "nothing")
        // A higher class waits for nobody but who is inside.
        let urgent = world.ask(["a"], .realtime, deadline: .milliseconds(2500))
        #expect(world.last(urgent) == "nothing")
        for id in [running, urgent] + waiting {
            #expect(world.last(id) == "granted")
            world.advance(.milliseconds(1000))
            world.end(id)
        }
        #expect(world.last(hopeful) == "granted")
        #expect(world.violations == [])
    }

    @Test func nothingIsPredictedFromNothing() {
        var world = Self.world()
        let id = world.ask(["a"], deadline: .milliseconds(1))
        #expect(world.last(id) == "nothing")
        #expect(world.scheduler.ticket(id)?.predictedWait == nil)
    }

    @Test func aKeyThatFillsAQueueLeavesPlacesForOthers() {
        var limits = SchedulerLimits()
        limits.waitingPerModel = 12
        var world = Self.world(limits: limits)
        let greedy = (0..<12).map { _ in world.ask(["a"], key: "greedy") }
        #expect(greedy.count { world.last($0) == "nothing" } == 7)
        let modest = world.ask(["a"], key: "modest")
        #expect(world.last(modest) == "nothing")
        #expect(world.violations == [])
    }

    @Test func theMachinesPressureEvictsOneIdleModelAtATime() {
        var world = Self.world(["a", "b", "c"], budget: 1000)
        for model in ["a", "b", "c"] {
            let id = world.ask([model])
            world.ready(model)
            world.advance(.seconds(1))
            world.end(id)
        }
        let busy = world.ask(["c"])
        world.relieve()
        #expect(["a", "b", "c"].count { world.word($0) == "draining" } == 1)
        world.relieve()
        world.relieve()
        #expect(["a", "b", "c"].map(world.word) == ["draining", "draining", "ready"])
        #expect(world.last(busy) == "granted")
        #expect(world.violations == [])
    }

    @Test func aModelInUseByAHigherClassDoesNotMakeRoomForALowerOne() {
        var world = Self.world(["camera", "a", "b"], budget: 100)
        func use(_ model: String, _ ticketClass: TicketClass) {
            let ticket = world.ask([model], ticketClass)
            world.advance(.milliseconds(20))
            if world.word(model) == "loading" { world.ready(model) }
            #expect(world.last(ticket) == "granted")
            world.end(ticket)
        }
        use("camera", .realtime)
        use("a", .interactive)
        let chat = world.ask(["b"])
        // It has no ticket at this moment, and would have one a moment later.
        #expect(world.word("camera") == "ready")
        #expect(world.word("a") == "draining", "it makes room although it would cost as much")
        world.gone("a")
        for _ in 0..<20 {
            use("camera", .realtime)
            world.advance(.milliseconds(100))
        }
        world.ready("b")
        #expect(world.last(chat) == "granted")
        #expect(world.scheduler.residency("camera")?.loads == 1)
        world.end(chat)
        // After a while without use it is like any other.
        world.advance(.seconds(11))
        use("b", .interactive)
        _ = world.ask(["a"])
        #expect(world.word("camera") == "draining")
        #expect(world.violations == [])
    }
}
