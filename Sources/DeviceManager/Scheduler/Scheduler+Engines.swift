internal import DeviceProtocol
package import POSIX

/// Why an engine ended.
package enum EngineEnd: Sendable, Hashable {
    /// It could not be started, or refused the model.
    case loadFailed(String)
    /// It ended by itself.
    case failed(String)
}

/// What the shell reports of engines.
extension Scheduler {
    /// An engine has loaded its model.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The engine's life; an old one is ignored.
    ///   - bytes: What it takes, measured; nil when that is unknown.
    ///   - now: The present moment.
    package mutating func engineReady(
        _ name: String,
        _ generation: Generation,
        bytes: Int?,
        at now: MonotonicTime
    ) -> [Action] {
        guard residencies[name]?.state == .loading(generation) else { return [] }
        residencies[name]?.countLoading(false, at: now)
        countLoading(of: name, at: now)
        residencies[name]?.state = .ready(generation)
        residencies[name]?.lastUsed = now
        residencies[name]?.loads += 1
        if let bytes { return measured(name, generation, bytes: bytes, at: now) }
        return decide(at: now)
    }

    /// Tells every ticket that waits for a model how much of its wait was the load that has ended.
    private mutating func countLoading(of name: String, at now: MonotonicTime) {
        guard let held = residencies[name]?.loadHeld else { return }
        for (id, ticket) in tickets
        where ticket.state == .waiting && ticket.request.models.contains(name) {
            tickets[id]?.loading += min(held, now - ticket.asked)
        }
    }

    /// An engine's process is gone and its memory is back.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The engine's life; an old one is ignored.
    ///   - end: Why it ended, if it was not evicted.
    ///   - now: The present moment.
    package mutating func engineGone(
        _ name: String,
        _ generation: Generation,
        _ end: EngineEnd,
        at now: MonotonicTime
    ) -> [Action] {
        guard let residency = residencies[name], residency.generation == generation else {
            return []
        }
        var actions: [Action] = []
        if !residency.isDraining {
            let (reason, isLoading) =
                switch end {
                case .loadFailed(let reason): (reason, true)
                case .failed(let reason): (reason, !residency.isReady)
                }
            fail(name, reason, isLoading: isLoading, at: now, &actions)
        }
        residencies[name]?.countLoading(false, at: now)
        residencies[name]?.state = .absent
        residencies[name]?.bytes = 0
        residencies[name]?.isStopped = false
        residencies[name]?.unloadsWhenIdle = false
        // The eviction that `fail` asked for is moot: the engine is gone already.
        actions.removeAll { $0 == .evict(model: name, generation) }
        return actions + decide(at: now)
    }

    /// What an engine takes was measured.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The engine's life; an old one is ignored.
    ///   - bytes: Anonymous and mapped memory.
    ///   - now: The present moment.
    package mutating func measured(
        _ name: String,
        _ generation: Generation,
        bytes: Int,
        at now: MonotonicTime
    ) -> [Action] {
        guard let residency = residencies[name], residency.state == .ready(generation) else {
            return []
        }
        residencies[name]?.bytes = bytes
        residencies[name]?.model.footprint = bytes
        var actions: [Action] = []
        answerGrowth(on: residency.model.device, at: now, &actions)
        return actions + decide(at: now)
    }

    /// An engine failed: its tickets try once more or end, and it pauses before the next start.
    mutating func fail(
        _ name: String,
        _ reason: String,
        isLoading: Bool,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        let failures = (residencies[name]?.failures ?? 0) + 1
        let pause = backOff(after: failures, isLoading: isLoading)
        residencies[name]?.failures = failures
        residencies[name]?.lastFailure = reason
        residencies[name]?.notBefore = pause > .zero ? now + pause : nil
        let code: DeviceErrorCode = isLoading ? .loadFailed : .engineFailed
        let refusal = Refusal(code, "'\(name)': \(reason)", retryAfter: max(pause, .seconds(1)))
        for ticket in tickets.values.sorted(by: Ticket.precedes)
        where ticket.state != .idle && ticket.request.models.contains(name) {
            let mayTryAgain = pause == .zero && ticket.restarts < limits.restarts
            if ticket.state == .busy && mayTryAgain {
                tickets[ticket.id]?.restarts += 1
                requeue(ticket.id, at: now, &actions)
            } else if ticket.state == .busy || pause > .zero {
                reject(ticket.id, refusal, &actions)
            }
        }
        evict(name, at: now, &actions)
    }

    /// No pause after a first crash, so that one accident costs one retry; then 1 s, doubling.
    private func backOff(after failures: Int, isLoading: Bool) -> Duration {
        let step = isLoading ? failures : failures - 1
        guard step > 0 else { return .zero }
        let pause = Duration.seconds(1 << min(step - 1, 16))
        return min(pause, limits.longestBackOff)
    }

    /// Invariant 2 after admission: idle models go first, then the one that grew most.
    private mutating func answerGrowth(
        on device: String,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        guard let budget = devices[device]?.budget else { return }
        func excess(_ scheduler: Scheduler) -> Int {
            let staying = scheduler.residencies.values.filter {
                $0.model.device == device && !$0.isDraining
            }
            return staying.reduce(0) { $0 + $1.bytes } - budget
        }
        let idle = residencies.values
            .filter {
                $0.model.device == device && $0.isReady && !$0.isPinned && !isNeeded($0.model.name)
            }
            .sorted { ($0.lastUsed, $0.model.name) < ($1.lastUsed, $1.model.name) }
        for residency in idle where excess(self) > 0 {
            evict(residency.model.name, at: now, &actions)
        }
        guard excess(self) > 0 else {
            overBudgetSince[device] = nil
            return
        }
        // Nothing was idle. While the excess lasts admission refuses by itself; if it is still
        // there at the next measurement, the model that grew ends.
        guard let since = overBudgetSince[device], now - since >= .seconds(1) else {
            overBudgetSince[device] = overBudgetSince[device] ?? now
            return
        }
        overBudgetSince[device] = nil
        let grown = residencies.values.filter { $0.model.device == device && $0.isReady }
            .max {
                ($0.bytes - $0.admittedBytes, $0.model.name)
                    < ($1.bytes - $1.admittedBytes, $1.model.name)
            }
        if let grown { endGrown(grown, at: now, &actions) }
    }

    private mutating func endGrown(
        _ grown: Residency,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        let name = grown.model.name
        let refusal = Refusal(
            .memoryExceeded,
            "'\(name)' grew from \(grown.admittedBytes) to \(grown.bytes) bytes and was ended",
            retryAfter: .seconds(1)
        )
        for ticket in busy(on: name) { reject(ticket.id, refusal, &actions) }
        evict(name, at: now, &actions)
    }
}
