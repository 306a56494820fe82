import DeviceManager
import DeviceProtocol
import POSIX
import Testing

/// Invariants 4 and 5: who goes first, and what everybody gets of a device.
@Suite struct SchedulerOrderTests {
    /// A CPU with the models resident, and tickets that hold them for as long as they are told.
    private struct Workplace {
        var world: SchedulerHarness
        /// When each granted ticket will have had enough held time.
        private var work: [TicketID: Duration] = [:]
        /// How closely time is looked at.
        var step = Duration.milliseconds(1)
        /// Held time by key.
        var held: [String: Duration] = [:]

        init(
            _ models: [String] = ["a", "b"],
            slots: Int = 1,
            rule: TurnRule = .stopProcess(engines: 1),
            limits: SchedulerLimits = SchedulerLimits(),
            configure: (inout DeviceDescription) -> Void = { _ in }
        ) {
            var device = DeviceDescription(name: "cpu", rule: rule, budget: 1000)
            configure(&device)
            world = SchedulerHarness(
                devices: [device],
                models: models.map {
                    ModelDescription(name: $0, device: "cpu", footprint: 40, slots: slots)
                },
                limits: limits
            )
            for model in models {
                let load = world.ask([model], purpose: .load)
                world.ready(model)
                world.end(load)
            }
        }

        mutating func ask(
            _ model: String,
            _ ticketClass: TicketClass = .interactive,
            key: String = "k",
            subKey: String? = nil,
            for span: Duration
        ) -> TicketID {
            let id = world.ask([model], ticketClass, key: key, subKey: subKey)
            work[id] = span
            return id
        }

        /// Lets time pass; tickets that have had their work end, and come again when `again` says so.
        mutating func pass(
            _ span: Duration,
            again: (inout Workplace, TicketID) -> Void = { _, _ in }
        ) {
            let end = world.now + span
            while world.now < end {
                world.advance(step)
                for ticket in world.scheduler.liveTickets where ticket.state == .busy {
                    guard let needed = work[ticket.id], ticket.held(at: world.now) >= needed else {
                        continue
                    }
                    held[owner(of: ticket), default: .zero] += needed
                    world.end(ticket.id)
                    again(&self, ticket.id)
                }
            }
        }

        private func owner(of ticket: Ticket) -> String {
            world.scheduler.key(of: ticket)
                + (world.scheduler.subKey(of: ticket).map { "/\($0)" } ?? "")
        }

        func share(of key: String) -> Double {
            let all = held.values.reduce(Duration.zero, +)
            return (held[key] ?? .zero) / all
        }
    }

    @Test func invariant4GrantsHigherClassesFirst() {
        var place = Workplace()
        let first = place.ask("a", .background, for: .milliseconds(5))
        let low = place.ask("a", .background, for: .milliseconds(5))
        let high = place.ask("a", .interactive, for: .milliseconds(5))
        #expect([first, low, high].map(place.world.last) == ["granted", "nothing", "nothing"])
        place.pass(.milliseconds(6))
        #expect([low, high].map(place.world.last) == ["nothing", "granted"])
        #expect(place.world.violations == [])
    }

    @Test func invariant4AgeingLiftsATicketThatHasWaitedItsClassesBound() {
        var limits = SchedulerLimits()
        limits.ageing = [.background: .seconds(2)]
        var place = Workplace(limits: limits) { $0.lowerShare = 0 }
        func again(_ place: inout Workplace, _: TicketID) {
            _ = place.ask("a", .interactive, key: "busy", for: .milliseconds(100))
        }
        // Two at once, so that one always waits: without ageing the low one would never come.
        for _ in 0..<2 { _ = place.ask("a", .interactive, key: "busy", for: .milliseconds(100)) }
        let low = place.ask("a", .background, key: "low", for: .milliseconds(100))
        place.pass(.milliseconds(1900), again: again)
        #expect(place.world.last(low) == "nothing")
        place.pass(.milliseconds(400), again: again)
        #expect(place.world.last(low) == "granted")
        #expect(place.world.scheduler.counts.lifted == 1)
        #expect(place.world.violations == [])
    }

    @Test(arguments: [0.1, 0.3])
    func invariant4LeavesLowerClassesTheirShare(share: Double) {
        var place = Workplace { $0.lowerShare = share }
        _ = place.ask("a", .realtime, key: "camera", for: .milliseconds(20))
        _ = place.ask("b", .background, key: "indexer", for: .milliseconds(20))
        place.pass(.seconds(10)) { place, id in
            let isCamera = place.world.models[id] == ["a"]
            _ = place.ask(
                isCamera ? "a" : "b",
                isCamera ? .realtime : .background,
                key: isCamera ? "camera" : "indexer",
                for: .milliseconds(20)
            )
        }
        #expect(abs(place.share(of: "indexer") - share) < 0.02)
        #expect(place.world.violations == [])
    }

    @Test func invariant4ALowerClassIsWokenWhenItsShareIsDue() {
        var world = SchedulerHarness.cpu(["a", "b"])
        for model in ["a", "b"] {
            let load = world.ask([model], purpose: .load)
            world.ready(model)
            world.end(load)
        }
        _ = world.ask(["a"], .realtime)
        let low = world.ask(["b"], .background)
        // Nothing happens but what the scheduler itself asks for.
        var looks = 0
        let end = world.now + .seconds(60)
        while let next = world.scheduler.nextEvent, next < end {
            world.advance(next - world.now)
            looks += 1
        }
        let held = world.scheduler.ticket(low)?.held(at: world.now).seconds ?? 0
        #expect(abs(held / 60 - 0.1) < 0.01)
        #expect(looks < 1200, "two for each slice of 25 ms in 250")
        #expect(world.violations == [])
    }

    @Test(arguments: [TicketClass.interactive, .realtime])
    func invariant4LeavesLowerClassesTheirShareOfOneModelToo(above: TicketClass) {
        var place = Workplace(["a"])
        // Two at once, so that one of them waits whenever the other ends.
        for _ in 0..<2 { _ = place.ask("a", above, key: "people", for: .milliseconds(20)) }
        for _ in 0..<2 { _ = place.ask("a", .background, key: "indexer", for: .milliseconds(20)) }
        var keys: [TicketID: String] = [:]
        for ticket in place.world.scheduler.liveTickets {
            keys[ticket.id] = place.world.scheduler.key(of: ticket)
        }
        place.pass(.seconds(10)) { place, id in
            let key = keys[id] ?? "people"
            let next = place.ask(
                "a",
                key == "people" ? above : .background,
                key: key,
                for: .milliseconds(20)
            )
            keys[next] = key
        }
        #expect(abs(place.share(of: "indexer") - 0.1) < 0.03)
        #expect(place.world.violations == [])
    }

    @Test func invariant4TakesASlotFromALowerClassAfterSomePatience() {
        var place = Workplace(slots: 2)
        let low = (0..<2).map { _ in place.ask("a", .background, for: .seconds(10)) }
        let high = place.ask("a", .interactive, for: .milliseconds(10))
        place.pass(.milliseconds(240))
        #expect(place.world.last(high) == "nothing")
        place.pass(.milliseconds(20))
        #expect(place.world.last(high) == "granted" || place.world.ends[high] == 1)
        #expect(place.world.told[low[1]] == ["granted", "requeued", "granted"])
        #expect(place.world.last(low[0]) == "granted")
        #expect(place.world.violations == [])
    }

    @Test func invariant4GivesWorkThatLostItsSlotTwiceTheTimeAtEachAttempt() {
        var place = Workplace(["a"]) { $0.lowerShare = 0.3 }
        let low = place.ask("a", .background, key: "low", for: .seconds(100))
        var longest: [Double] = []
        var since = place.world.now
        // People who always want the only slot.
        for _ in 0..<2 { _ = place.ask("a", .interactive, key: "people", for: .milliseconds(50)) }
        for _ in 0..<60_000 {
            let was = place.world.last(low)
            place.pass(.milliseconds(1)) { place, id in
                guard id != low else { return }
                _ = place.ask("a", .interactive, key: "people", for: .milliseconds(50))
            }
            let isNow = place.world.last(low)
            if was == "granted", isNow == "requeued" {
                longest.append((place.world.now - since).seconds)
            } else if was == "requeued", isNow == "granted" {
                since = place.world.now
            }
        }
        let bounds = [0.25, 0.5, 1, 2, 4]
        #expect(longest.count >= bounds.count)
        for (span, bound) in zip(longest, bounds) { #expect(span >= bound) }
        #expect(place.world.violations == [])
    }

    @Test(arguments: [
        TurnRule.stopProcess(engines: 1), .stopProcess(engines: 2), .dispatch(depth: 1),
        .dispatch(depth: 3), .lease,
    ])
    func invariant5SharesDeviceTimeByWeightWhateverTheNumberOfRequests(rule: TurnRule) {
        var limits = SchedulerLimits()
        limits.weights = ["heavy": 100, "light": 100, "double": 200]
        var place = Workplace(slots: 4, rule: rule, limits: limits)
        let counts = [("heavy", 16), ("light", 4), ("double", 8)]
        var keys: [TicketID: String] = [:]
        for (key, count) in counts {
            for number in 0..<count {
                let model = number.isMultiple(of: 2) ? "a" : "b"
                keys[place.ask(model, key: key, for: .milliseconds(30))] = key
            }
        }
        place.step = .milliseconds(5)
        place.pass(.seconds(12)) { place, id in
            guard let key = keys[id], let model = place.world.models[id]?.first else { return }
            keys[place.ask(model, key: key, for: .milliseconds(30))] = key
        }
        #expect(abs(place.share(of: "double") - 0.5) < 0.03)
        #expect(abs(place.share(of: "heavy") - 0.25) < 0.03)
        #expect(abs(place.share(of: "light") - 0.25) < 0.03)
        #expect(place.world.violations == [])
    }

    @Test func invariant5GivesEveryOtherTurnToWhoAsksAgainOnlyWhenItWasAnswered() {
        var place = Workplace()
        var patient = place.ask("a", key: "patient", for: .milliseconds(55))
        for _ in 0..<8 { _ = place.ask("a", key: "crowd", for: .milliseconds(50)) }
        var asked = place.world.now
        var waits: [Duration] = []
        for _ in 0..<4000 {
            // It is not back at the moment at which its turn ends, and its turns are the longer ones.
            if place.world.ends[patient] != nil, place.world.scheduler.liveCount < 9 {
                patient = place.ask("a", key: "patient", for: .milliseconds(55))
                asked = place.world.now
            }
            place.pass(.milliseconds(1)) { place, ended in
                if ended == patient {
                    waits.append(place.world.now - asked)
                } else {
                    _ = place.ask("a", key: "crowd", for: .milliseconds(50))
                }
            }
        }
        #expect(waits.count > 36)
        #expect(waits.dropFirst(4).allSatisfy { $0 < .milliseconds(115) })
        #expect(abs(place.share(of: "patient") - 0.5) < 0.03)
    }

    @Test func invariant5ForgivesNothingToWhoAsksAndWithdraws() {
        var place = Workplace()
        let greedy = place.ask("a", key: "greedy", for: .seconds(2))
        // Somebody is there all the time, or all would start alike again.
        let holder = place.ask("a", key: "holder", for: .seconds(1))
        place.pass(.milliseconds(2001))
        #expect(place.world.ends[greedy] == 1)
        #expect(place.world.last(holder) == "granted")
        for _ in 0..<200 {
            let withdrawn = place.ask("a", key: "greedy", for: .seconds(1))
            place.world.end(withdrawn)
        }
        let again = place.ask("a", key: "greedy", for: .seconds(1))
        let crowd = place.ask("a", key: "crowd", for: .milliseconds(10))
        place.world.end(holder)
        #expect(place.world.last(crowd) == "granted")
        #expect(place.world.last(again) == "nothing")
    }

    @Test func invariant5SharesAKeysPartBetweenItsSubKeys() {
        var place = Workplace()
        var owners: [TicketID: (String, String?)] = [:]
        func ask(_ place: inout Workplace, _ key: String, _ subKey: String?) {
            let id = place.ask("a", key: key, subKey: subKey, for: .milliseconds(10))
            owners[id] = (key, subKey)
        }
        for _ in 0..<6 { ask(&place, "web", "anna") }
        for _ in 0..<2 { ask(&place, "web", "ben") }
        for _ in 0..<4 { ask(&place, "home", nil) }
        place.step = .milliseconds(5)
        place.pass(.seconds(6)) { place, id in
            if let (key, subKey) = owners[id] { ask(&place, key, subKey) }
        }
        #expect(abs(place.share(of: "home") - 0.5) < 0.03)
        #expect(abs(place.share(of: "web/anna") - 0.25) < 0.03)
        #expect(abs(place.share(of: "web/ben") - 0.25) < 0.03)
    }

    @Test func equalsTakeTurnsOfAQuantum() {
        var place = Workplace()
        _ = place.ask("a", key: "one", for: .seconds(60))
        _ = place.ask("b", key: "other", for: .seconds(60))
        var runs: [String] = []
        for _ in 0..<1990 {
            place.pass(.milliseconds(1))
            let running = ["a", "b"].first { model in
                place.world.scheduler.residency(model)?.isStopped == false
                    && place.world.scheduler.residency(model)?.busy == 1
            }
            if let running, runs.last != running { runs.append(running) }
        }
        #expect(runs == ["a", "b", "a", "b", "a", "b", "a", "b"])
        #expect(place.world.violations == [])
    }

    @Test func aShortRequestOfTheSameKeyDoesNotWaitForALongOne() {
        var place = Workplace()
        let long = place.ask("a", for: .seconds(60))
        place.pass(.seconds(1))
        let short = place.ask("b", for: .milliseconds(50))
        #expect(place.world.last(short) == "granted", "the long one's turn is over")
        place.pass(.milliseconds(51))
        #expect(place.world.ends[short] == 1)
        #expect(place.world.isRunning("a"))
        #expect(place.world.last(long) == "granted")
    }

    @Test func aTicketThatHoldsForTooLongIsEnded() {
        var device = SchedulerHarness.cpu()
        var model = ModelDescription(name: "a", device: "cpu", footprint: 40)
        model.maximumHeld = .seconds(10)
        device = SchedulerHarness(
            devices: [DeviceDescription(name: "cpu", rule: .stopProcess(engines: 1), budget: 100)],
            models: [model, ModelDescription(name: "b", device: "cpu", footprint: 40)]
        )
        let long = device.ask(["a"], .background)
        device.ready("a")
        device.advance(.seconds(9))
        let other = device.ask(["b"], .realtime)
        device.ready("b")
        device.advance(.seconds(100))
        #expect(device.last(long) == "granted", "stopped time does not count")
        device.end(other)
        device.advance(.milliseconds(999))
        #expect(device.last(long) == "granted")
        device.advance(.milliseconds(1))
        #expect(device.last(long) == "held_too_long")
        #expect(device.violations == [])
    }
}
