import DeviceManager
import DeviceProtocol
import POSIX
import Randomness

/// One thing that happens to a scheduler, written so that a list of them means something when any
/// of them is left out: what does not apply is passed over.
enum SchedulerStep: Sendable, CustomStringConvertible {
    case ask(
        [String],
        TicketClass,
        key: String,
        deadline: Int?,
        purpose: TicketRequest.Purpose
    )
    /// The ticket is counted among those asked for, from 0.
    case end(Int)
    case idle(Int)
    case busy(Int)
    case ready(String)
    /// An engine that is being ended has ended.
    case drained(String)
    case crashed(String)
    case grown(String, Int)
    /// An outsider that was asked has yielded.
    case yielded(String)
    case unload(String)
    case pin(String, Bool)
    /// Milliseconds.
    case advance(Int)

    var description: String {
        switch self {
        case .ask(let models, let ticketClass, let key, let deadline, let purpose):
            "ask \(models.joined(separator: "+")) \(ticketClass) \(key)"
                + (deadline.map { " within \($0) ms" } ?? "") + (purpose == .load ? " to load" : "")
        case .end(let number): "end \(number)"
        case .idle(let number): "idle \(number)"
        case .busy(let number): "busy \(number)"
        case .ready(let model): "ready \(model)"
        case .drained(let model): "drained \(model)"
        case .crashed(let model): "crashed \(model)"
        case .grown(let model, let bytes): "grown \(model) \(bytes)"
        case .yielded(let model): "yielded \(model)"
        case .unload(let model): "unload \(model)"
        case .pin(let model, let isPinned): "\(isPinned ? "pin" : "unpin") \(model)"
        case .advance(let milliseconds): "advance \(milliseconds)"
        }
    }
}

/// Performs steps on a world.
struct SchedulerPlayer {
    var world: SchedulerHarness
    private var asked: [TicketID] = []

    init(world: SchedulerHarness) {
        self.world = world
    }

    mutating func perform(_ step: SchedulerStep) {
        func ticket(_ number: Int) -> TicketID? {
            number < asked.count ? asked[number] : nil
        }
        switch step {
        case .ask(let models, let ticketClass, let key, let deadline, let purpose):
            asked.append(
                world.ask(
                    models,
                    ticketClass,
                    key: key,
                    deadline: deadline.map { .milliseconds($0) },
                    purpose: purpose
                )
            )
        case .end(let number): if let id = ticket(number) { world.end(id) }
        case .idle(let number): if let id = ticket(number) { world.change(id, isBusy: false) }
        case .busy(let number): if let id = ticket(number) { world.change(id, isBusy: true) }
        // A stopped engine answers nothing.
        case .ready(let model): if world.isRunning(model) { world.ready(model) }
        case .drained(let model): if world.word(model) == "draining" { world.gone(model) }
        case .crashed(let model): if world.exists(model) { world.gone(model) }
        case .grown(let model, let bytes): world.measured(model, bytes: bytes)
        case .yielded(let model): if world.asked.contains(model) { world.yielded(model) }
        case .unload(let model): world.unload(model)
        case .pin(let model, let isPinned): world.pin(model, isPinned)
        case .advance(let milliseconds): world.advance(.milliseconds(milliseconds))
        }
    }

    /// Lets everything come to its end.
    ///
    /// - Returns: What was violated; empty when nothing was.
    mutating func finish() -> [String] {
        world.finish()
        // A lease that nobody has is nothing.
        for name in world.outsiders {
            for _ in 0..<3 where world.scheduler.residency(name)?.state != .absent {
                if world.word(name) == "draining" { world.gone(name) } else { world.ready(name) }
                world.advance(.seconds(1))
            }
            if world.scheduler.residency(name)?.state != .absent {
                world.violations.append("7: '\(name)' is \(world.word(name)) without a ticket")
            }
        }
        let unended = asked.filter { world.ends[$0] != 1 }
        let rest = unended.isEmpty ? [] : [world.picture]
        return world.violations + rest
            + unended.map { "7: ticket \($0.number) ended \(world.ends[$0] ?? 0) times" }
    }
}

/// A list of events on a fresh scheduler, and what was wrong.
struct SchedulerTrace {
    var steps: [SchedulerStep]
    let world: @Sendable () -> SchedulerHarness

    /// Performs the steps, then lets everything come to its end.
    ///
    /// - Returns: What was violated first; empty when nothing was.
    func violations() -> [String] {
        var player = SchedulerPlayer(world: world())
        for (index, step) in steps.enumerated() {
            player.perform(step)
            guard player.world.violations.isEmpty else {
                return player.world.violations.map { "step \(index) (\(step)): \($0)" }
            }
        }
        return player.finish()
    }

    /// The shortest list that can be made by leaving steps out and that is still violated.
    func shrunk() -> SchedulerTrace {
        var best = self
        var size = max(steps.count / 2, 1)
        while true {
            var start = 0
            while start < best.steps.count {
                var fewer = best
                fewer.steps.removeSubrange(start..<min(start + size, best.steps.count))
                if fewer.violations().isEmpty { start += size } else { best = fewer }
            }
            if size == 1 { return best }
            size = max(size / 2, 1)
        }
    }

    /// The list and what it violates, for the report of a test that failed.
    var report: String {
        let found = violations()
        return (found + steps.map { "    \($0)" }).joined(separator: "\n")
    }
}

extension SchedulerTrace {
    /// A list by chance.
    ///
    /// - Parameters:
    ///   - seed: The same list for the same seed.
    ///   - count: How many steps.
    ///   - models: The models' names.
    ///   - hasOutsiders: Whether some of them are driven from outside.
    ///   - world: The scheduler's world.
    init(
        seed: UInt64,
        count: Int,
        models: [String],
        hasOutsiders: Bool = false,
        world: @escaping @Sendable () -> SchedulerHarness
    ) {
        var random = SeededGenerator(seed: seed)
        var asked = 0
        steps = (0..<count).map { _ in Self.step(models, hasOutsiders, &asked, &random) }
        self.world = world
    }

    private static func step(
        _ models: [String],
        _ hasOutsiders: Bool,
        _ asked: inout Int,
        _ random: inout SeededGenerator
    ) -> SchedulerStep {
        let model = models.randomElement(using: &random) ?? "a"
        // Mostly one of the last few: the others have ended.
        let back = Int.random(in: 1...12, using: &random)
        let recent = max(0, asked - back)
        switch Int.random(in: 0..<(hasOutsiders ? 44 : 40), using: &random) {
        case 0..<12:
            asked += 1
            let several = Int.random(in: 0..<4, using: &random) == 0 ? 2 : 1
            return .ask(
                Array(models.shuffled(using: &random).prefix(several)),
                TicketClass.allCases.randomElement(using: &random) ?? .interactive,
                key: ["x", "y", "z"].randomElement(using: &random) ?? "x",
                deadline: Int.random(in: 0..<3, using: &random) == 0
                    ? Int.random(in: 1...5000, using: &random) : nil,
                purpose: Int.random(in: 0..<10, using: &random) == 0 ? .load : .use
            )
        case 12..<20: return .end(recent)
        case 20..<22: return .idle(recent)
        case 22..<24: return .busy(recent)
        case 24..<30: return .ready(model)
        case 30..<34: return .drained(model)
        case 34: return .crashed(model)
        case 35: return .unload(model)
        case 40..<44: return .yielded(model)
        case 36: return .pin(model, Int.random(in: 0..<3, using: &random) == 0)
        case 37: return .advance(Int.random(in: 1...20_000, using: &random))
        default: return .advance(Int.random(in: 1...400, using: &random))
        }
    }
}
