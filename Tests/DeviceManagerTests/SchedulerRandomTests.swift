import DeviceManager
import DeviceProtocol
import POSIX
import TestKit
import Testing

/// Random lists of events against the invariants, for every turn rule.
///
/// `BATON_TEST_SEEDS` says how many; a list that fails is shortened before it is shown.
@Suite struct SchedulerRandomTests {
    static let rules: [TurnRule] = [
        .stopProcess(engines: 1), .stopProcess(engines: 2), .dispatch(depth: 1),
        .dispatch(depth: 3), .lease,
    ]
    private static let models = ["a", "b", "c", "d"]
    private static let seeds = Environment.value("BATON_TEST_SEEDS").flatMap { Int($0) } ?? 30

    @Test(arguments: rules)
    func invariantsHoldUnderRandomEvents(rule: TurnRule) {
        for seed in 0..<Self.seeds {
            let trace = SchedulerTrace(seed: UInt64(seed), count: 400, models: Self.models) {
                .cpu(Self.models, rule: rule)
            }
            guard trace.violations().isEmpty else {
                Issue.record("seed \(seed) on \(rule):\n\(trace.shrunk().report)")
                return
            }
        }
    }

    @Test(arguments: [TurnRule.stopProcess(engines: 1), .stopProcess(engines: 2)])
    func invariantsHoldBesideOutsiders(rule: TurnRule) {
        let (ours, outside) = (["a", "b"], ["x", "y"])
        for seed in 0..<Self.seeds {
            let trace = SchedulerTrace(
                seed: UInt64(seed),
                count: 400,
                models: ours + outside,
                hasOutsiders: true
            ) {
                .cpu(ours, rule: rule, outsiders: outside)
            }
            guard trace.violations().isEmpty else {
                Issue.record("seed \(seed) on \(rule):\n\(trace.shrunk().report)")
                return
            }
        }
    }
}
