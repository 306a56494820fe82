import DeviceManager
import DeviceProtocol
import POSIX
import TestKit
import Testing

/// Random streams of events against the invariants, for every turn rule.
@Suite struct SchedulerRandomTests {
    static let rules: [TurnRule] = [
        .stopProcess(engines: 1), .stopProcess(engines: 2), .dispatch(depth: 1),
        .dispatch(depth: 3), .lease,
    ]

    @Test(arguments: rules, Array(0..<40))
    func invariantsHoldUnderRandomEvents(rule: TurnRule, seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var world = SchedulerHarness.cpu(["a", "b", "c", "d"], rule: rule)
        var asked: [TicketID] = []
        for step in 0..<400 {
            Self.event(&world, &asked, &random)
            guard world.violations.isEmpty else {
                Issue.record("seed \(seed), step \(step): \(world.violations)")
                return
            }
        }
        Self.finish(&world)
        #expect(world.violations == [])
        for id in asked where world.ends[id] != 1 {
            Issue.record("seed \(seed): ticket \(id.number) ended \(world.ends[id] ?? 0) times")
        }
    }

    private static func event(
        _ world: inout SchedulerHarness,
        _ asked: inout [TicketID],
        _ random: inout SeededGenerator
    ) {
        let models = ["a", "b", "c", "d"]
        let model = models.randomElement(using: &random) ?? "a"
        let live = asked.filter { world.scheduler.tickets[$0] != nil }
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<6:
            let count = Int.random(in: 1...2, using: &random)
            asked.append(
                world.ask(
                    Array(models.shuffled(using: &random).prefix(count)),
                    TicketClass.allCases.randomElement(using: &random) ?? .interactive,
                    key: ["x", "y"].randomElement(using: &random) ?? "x",
                    deadline: Bool.random(using: &random) ? .seconds(5) : nil,
                    purpose: Int.random(in: 0..<10, using: &random) == 0 ? .load : .use
                )
            )
        case 6..<10:
            if let id = live.randomElement(using: &random) { world.end(id) }
        case 10:
            if let id = live.randomElement(using: &random) { world.change(id, isBusy: false) }
        case 11:
            if let id = live.randomElement(using: &random) { world.change(id, isBusy: true) }
        case 12..<15:
            // A stopped engine answers nothing.
            if world.isRunning(model) { world.ready(model) }
        case 15..<17:
            if world.word(model) == "draining" { world.gone(model) }
        case 17:
            world.gone(model)
        case 18:
            world.unload(model)
        default:
            world.advance(.milliseconds(Int.random(in: 1...2000, using: &random)))
        }
    }

    /// Lets everything come to its end: engines answer, clients release what they were granted.
    private static func finish(_ world: inout SchedulerHarness) {
        for _ in 0..<2000 where !world.scheduler.tickets.isEmpty {
            for model in ["a", "b", "c", "d"] {
                if world.word(model) == "draining" { world.gone(model) }
                if world.isRunning(model) { world.ready(model) }
            }
            for ticket in world.scheduler.tickets.values where ticket.state != .waiting {
                world.end(ticket.id)
            }
            world.advance(.seconds(1))
        }
    }
}
