import DeviceManager
import DeviceProtocol
import POSIX
import TestKit
import Testing

/// Every short list of events on a small world, for every turn rule.
///
/// Two models of which only one fits in memory, and all classes. `BATON_TEST_DEPTH` says how long the
/// lists are.
@Suite struct SchedulerExhaustiveTests {
    private static let depth = Environment.value("BATON_TEST_DEPTH").flatMap { Int($0) } ?? 3

    private static let alphabet: [SchedulerStep] =
        TicketClass.allCases.map { .ask(["a"], $0, key: "x", deadline: nil, purpose: .use) }
        + [
            .ask(["b"], .background, key: "y", deadline: nil, purpose: .use),
            .ask(["b"], .realtime, key: "y", deadline: 400, purpose: .use),
            .ask(["a"], .interactive, key: "y", deadline: nil, purpose: .load),
            .end(0), .idle(0), .busy(0), .ready("a"), .ready("b"), .drained("a"), .drained("b"),
            .crashed("a"), .unload("a"), .advance(300), .advance(30_000),
        ]

    @Test(arguments: [
        TurnRule.stopProcess(engines: 1), .dispatch(depth: 1), .dispatch(depth: 2), .lease,
    ])
    func invariantsHoldForEveryShortList(rule: TurnRule) {
        let world: @Sendable () -> SchedulerHarness = {
            SchedulerHarness(
                devices: [DeviceDescription(name: "cpu", rule: rule, budget: 60)],
                models: ["a", "b"].map {
                    ModelDescription(name: $0, device: "cpu", footprint: 40, slots: 1)
                }
            )
        }
        var player = SchedulerPlayer(world: world())
        let failing = Self.firstFailure(after: [], &player, world)
        if let failing { Issue.record("on \(rule):\n\(failing.shrunk().report)") }
    }

    /// Goes on from a world to every list that begins as it did; worlds are values, so that each
    /// beginning is played once.
    private static func firstFailure(
        after steps: [SchedulerStep],
        _ player: inout SchedulerPlayer,
        _ world: @escaping @Sendable () -> SchedulerHarness
    ) -> SchedulerTrace? {
        guard player.world.violations.isEmpty else {
            return SchedulerTrace(steps: steps, world: world)
        }
        guard steps.count < depth else {
            return player.finish().isEmpty ? nil : SchedulerTrace(steps: steps, world: world)
        }
        for step in alphabet {
            var next = player
            next.perform(step)
            if let failing = firstFailure(after: steps + [step], &next, world) { return failing }
        }
        return nil
    }
}
