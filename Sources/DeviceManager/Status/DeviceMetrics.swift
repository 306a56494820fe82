internal import DeviceProtocol
internal import Metrics
internal import POSIX

/// What the manager counts.
struct DeviceMetrics: Sendable {
    private let grants: Metrics.Handle
    private let waits: Metrics.Handle
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
        waits = metrics.histogram(
            "baton_ticket_wait_seconds",
            "Time from asking for a ticket to its grant.",
            labels: ["class"]
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
            "What the scheduler did beside granting: stop, evict, swap, overtake, preempt, lift.",
            labels: ["kind"]
        )
    }

    /// Counts what the scheduler decided since it was last asked.
    func decided(_ counts: SchedulerCounts, since old: SchedulerCounts) {
        let kinds: [(String, KeyPath<SchedulerCounts, Int>)] = [
            ("stop", \.stops), ("evict", \.evictions), ("swap", \.swaps),
            ("overtake", \.overtakings), ("preempt", \.preemptions), ("lift", \.lifted),
        ]
        for (kind, path) in kinds where counts[keyPath: path] > old[keyPath: path] {
            decisions.add(Double(counts[keyPath: path] - old[keyPath: path]), kind)
        }
    }

    func granted(_ ticket: Ticket, of models: [String], at now: MonotonicTime) {
        let word = ticket.ticketClass.rawValue
        waits.observe((now - ticket.asked).seconds, word)
        for model in models { grants.add(1, model, word) }
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
