internal import DeviceProtocol
internal import Metrics
internal import POSIX

/// What the manager counts.
struct DeviceMetrics: Sendable {
    private let grants: Metrics.Handle
    private let turns: Metrics.Handle
    private let waits: Metrics.Handle
    private let misjudged: Metrics.Handle
    private let heldTimes: Metrics.Handle
    private let footprints: Metrics.Handle
    private let refusals: Metrics.Handle
    private let heldSeconds: Metrics.Handle
    private let failures: Metrics.Handle
    private let decisions: Metrics.Handle

    init(_ metrics: Metrics) {
        grants = metrics.counter(
            "baton_grants_total",
            "Tickets granted, by model and class.",
            labels: ["model", "class"]
        )
        turns = metrics.counter(
            "baton_turns_total",
            "How often an engine got a device, by model.",
            labels: ["model"]
        )
        waits = metrics.histogram(
            "baton_ticket_wait_seconds",
            "Time that a ticket waited for a grant.",
            labels: ["model", "class", "key_kind"]
        )
        misjudged = metrics.histogram(
            "baton_ticket_wait_error_seconds",
            "How much earlier or later than predicted tickets were granted.",
            labels: ["class", "side"]
        )
        heldTimes = metrics.histogram(
            "baton_ticket_held_seconds",
            "Device time that a ticket really had.",
            labels: ["model", "class", "key_kind"]
        )
        footprints = metrics.gauge(
            "baton_model_bytes",
            "Memory of a model that is loaded: as it was estimated, and as it was measured last.",
            labels: ["model", "kind"]
        )
        refusals = metrics.counter(
            "baton_refusals_total",
            "Tickets refused, by reason.",
            labels: ["code"]
        )
        heldSeconds = metrics.counter(
            "baton_engine_seconds_total",
            "Device time that engines spent on granted work.",
            labels: ["model"]
        )
        failures = metrics.counter(
            "baton_engine_failures_total",
            "Engines that ended without being told to.",
            labels: ["model"]
        )
        decisions = metrics.counter(
            "baton_decisions_total",
            "What the scheduler did beside granting: stop, evict, swap, overtake, preempt, lift, abandon.",
            labels: ["kind"]
        )
    }

    /// Counts what the scheduler decided since it was last asked.
    func decided(_ counts: SchedulerCounts, since old: SchedulerCounts) {
        let kinds: [(String, KeyPath<SchedulerCounts, Int>)] = [
            ("stop", \.stops), ("evict", \.evictions), ("swap", \.swaps),
            ("overtake", \.overtakings), ("preempt", \.preemptions), ("lift", \.lifted),
            ("abandon", \.abandoned),
        ]
        for (kind, path) in kinds where counts[keyPath: path] > old[keyPath: path] {
            decisions.add(Double(counts[keyPath: path] - old[keyPath: path]), kind)
        }
    }

    /// A ticket is granted.
    ///
    /// - Parameters:
    ///   - ticket: The ticket.
    ///   - models: Its models; waits count for the first.
    ///   - key: Its fairness key.
    ///   - now: The present moment.
    func granted(_ ticket: Ticket, of models: [String], key: String, at now: MonotonicTime) {
        let word = ticket.ticketClass.rawValue
        let wait = now - ticket.waitsSince
        waits.observe(wait.seconds, models.first ?? "none", word, Self.kind(of: key))
        // What was predicted is the first wait.
        if let predicted = ticket.predictedWait, ticket.waitsSince == ticket.asked {
            let error = (wait - predicted).seconds
            misjudged.observe(abs(error), word, error > 0 ? "late" : "early")
        }
        for model in models { grants.add(1, model, word) }
    }

    /// A client gave a ticket back that it was granted.
    func ended(_ ticket: Ticket, of models: [String], key: String, at now: MonotonicTime) {
        let word = ticket.ticketClass.rawValue
        let held = ticket.held(at: now).seconds
        guard held > 0 else { return }
        heldTimes.observe(held, models.first ?? "none", word, Self.kind(of: key))
    }

    /// A model's engine got its device some more times.
    func turned(model: String, times: Int) {
        turns.add(Double(times), model)
    }

    /// What a model was thought to take when memory was set aside for it.
    func estimated(_ bytes: Int, model: String) {
        footprints.set(Double(bytes), model, "estimated")
    }

    /// What a model takes; 0 when it is gone.
    func measured(_ bytes: Int, model: String) {
        footprints.set(Double(bytes), model, "measured")
    }

    /// What a key stands for: services name API keys `key:`, addresses `peer:` and users `uid:`.
    ///
    /// Clients choose keys, so that they are no labels themselves.
    private static func kind(of key: String) -> String {
        let kind = key.prefix { $0 != ":" }
        return ["key", "peer", "uid"].contains(kind) ? String(kind) : "other"
    }

    func refused(_ refusal: Refusal) {
        refusals.add(1, refusal.code.rawValue)
    }

    func held(_ duration: Duration, model: String) {
        heldSeconds.add(duration.seconds, model)
    }

    func failed(model: String) {
        failures.add(1, model)
    }
}
