internal import DeviceProtocol
package import POSIX

/// Invariant 2 after admission: what happens when models grow, or the machine runs short.
extension Scheduler {
    /// Idle models go first, then the one that grew most.
    mutating func answerGrowth(
        on device: Int,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        evictIdle(on: device, at: now, &actions) { $0.excess(on: device) > 0 }
        guard excess(on: device) > 0 else {
            devices[device].overBudgetSince = nil
            return
        }
        // Nothing was idle. While the excess lasts admission refuses by itself; if it is still
        // there at the next measurement, the model that grew ends.
        guard let since = devices[device].overBudgetSince, now - since >= .seconds(1) else {
            devices[device].overBudgetSince = devices[device].overBudgetSince ?? now
            return
        }
        devices[device].overBudgetSince = nil
        let grown = devices[device].models
            .filter { residencies[$0].isReady && !residencies[$0].model.isOutside }
            .max { growth(of: $0) < growth(of: $1) }
        if let grown { endGrown(grown, at: now, &actions) }
    }

    /// The machine runs short of memory whatever the ledger says: one idle model goes.
    ///
    /// - Parameters:
    ///   - name: The device whose models are in that memory.
    ///   - now: The present moment.
    package mutating func relieve(_ name: String, at now: MonotonicTime) -> [Action] {
        guard let device = devices.firstIndex(where: { $0.description.name == name }) else {
            return []
        }
        var actions: [Action] = []
        var isFirst = true
        evictIdle(on: device, at: now, &actions) { _ in
            defer { isFirst = false }
            return isFirst
        }
        return actions + decide(at: now)
    }

    private mutating func evictIdle(
        on device: Int,
        at now: MonotonicTime,
        _ actions: inout [Action],
        while isNeeded: (Scheduler) -> Bool
    ) {
        let idle = devices[device].models
            .filter {
                residencies[$0].isReady && !residencies[$0].isPinned && !residencies[$0].isNeeded
            }
            .map { (model: $0, cost: residencies[$0].evictionCost(at: now)) }
            .sorted { ($0.cost, $0.model) < ($1.cost, $1.model) }
        for (model, _) in idle where isNeeded(self) {
            counts.evictions += 1
            evict(model, at: now, &actions)
        }
    }

    /// Bytes that a model could have if everything left that may.
    private func mostRoom(for model: Int) -> Int {
        let device = residencies[model].device
        return devices[device].description.budget - pinnedBytes(on: device) { $0 != model }
    }

    private func excess(on device: Int) -> Int {
        devices[device].used - leaving(device) - devices[device].description.budget
    }

    private func growth(of model: Int) -> Int {
        residencies[model].bytes - residencies[model].admittedBytes
    }

    private mutating func endGrown(
        _ model: Int,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        let residency = residencies[model]
        let refusal = Refusal(
            .memoryExceeded,
            "'\(residency.model.name)' grew from \(residency.admittedBytes) to \(residency.bytes)"
                + " bytes and was ended",
            retryAfter: .seconds(1)
        )
        for place in busyTickets(on: model) {
            // What it takes was never known before. The next time it gets what it needs, if it can.
            if residency.isGuessed, residency.bytes <= mostRoom(for: model) {
                requeue(place, at: now, &actions)
                continue
            }
            reject(tickets[place].id, refusal, at: now, &actions)
        }
        evict(model, for: refusal.message, at: now, &actions)
    }
}
