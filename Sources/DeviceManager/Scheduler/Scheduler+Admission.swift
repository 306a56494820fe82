internal import DeviceProtocol
internal import POSIX

/// Memory: which absent models may become resident, and who makes room for them.
///
/// Waiting tickets are served in order. The first one on a device that lacks memory blocks the later
/// ones from taking any there, or small models could starve a large one for ever. Memory counts as
/// taken until the engine that had it is really gone.
extension Scheduler {
    mutating func admit(at now: MonotonicTime, _ actions: inout [Action]) {
        var blocked: Set<String> = []
        for ticket in waiting() {
            for name in ticket.request.models {
                guard let residency = residencies[name] else { continue }
                let device = residency.model.device
                switch residency.state {
                case .admitted, .loading, .ready: continue
                case .draining: blocked.insert(device)
                case .absent:
                    if blocked.contains(device) { continue }
                    if !reserve(name, for: ticket, at: now, &actions) { blocked.insert(device) }
                }
            }
        }
        forgetUnwanted()
    }

    /// Sets memory aside for a model, or starts to make room; returns whether it has the memory.
    private mutating func reserve(
        _ name: String,
        for ticket: Ticket,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) -> Bool {
        guard let residency = residencies[name], let device = devices[residency.model.device]
        else { return false }
        let need = residency.model.footprint
        if device.budget - used(on: device.name) >= need {
            residencies[name]?.state = .admitted
            residencies[name]?.bytes = need
            residencies[name]?.admittedBytes = need
            residencies[name]?.unloadsWhenIdle = false
            return true
        }
        let leaving = residencies.values.reduce(0) { total, other in
            total + (other.model.device == device.name && other.isDraining ? other.bytes : 0)
        }
        let short = need - (device.budget - used(on: device.name) + leaving)
        if short > 0 {
            for victim in victims(on: device.name, freeing: short, for: ticket) {
                makeRoom(victim, at: now, &actions)
            }
        }
        // A victim that had not been launched has given its memory back at once.
        return device.budget - used(on: device.name) >= need
            && reserve(name, for: ticket, at: now, &actions)
    }

    /// The models to evict, the longest unused first, or none when they would not suffice.
    private func victims(on device: String, freeing short: Int, for ticket: Ticket) -> [String] {
        let mayGo = residencies.values.filter {
            $0.model.device == device && ($0.isReady || $0.isComing) && !$0.isPinned
                && !ticket.request.models.contains($0.model.name)
                && mayEvict($0, for: ticket)
        }
        let ordered = mayGo.sorted { left, right in
            let (leftUse, rightUse) = (useRank(of: left), useRank(of: right))
            if leftUse != rightUse { return leftUse < rightUse }
            return (left.lastUsed, left.model.name) < (right.lastUsed, right.model.name)
        }
        var freed = 0
        var chosen: [String] = []
        for residency in ordered where freed < short {
            freed += residency.bytes
            chosen.append(residency.model.name)
        }
        return freed >= short ? chosen : []
    }

    /// Invariant 3, and no eviction of what an earlier ticket waits for.
    private func mayEvict(_ residency: Residency, for ticket: Ticket) -> Bool {
        let users = tickets.values.filter {
            $0.state != .idle && $0.request.models.contains(residency.model.name)
        }
        return users.allSatisfy { user in
            let isLower = user.request.ticketClass < ticket.request.ticketClass
            if user.state == .busy || residency.isComing { return isLower }
            return Ticket.precedes(ticket, user)
        }
    }

    /// Unused models go before wanted ones, and those before models in use.
    private func useRank(of residency: Residency) -> Int {
        let users = tickets.values.filter {
            $0.state != .idle && $0.request.models.contains(residency.model.name)
        }
        if users.contains(where: { $0.state == .busy }) { return 2 }
        return users.isEmpty ? 0 : 1
    }

    /// Evicts a model for a ticket of a higher class or order; its busy tickets wait again.
    private mutating func makeRoom(
        _ name: String,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        for user in busy(on: name) { requeue(user.id, at: now, &actions) }
        evict(name, at: now, &actions)
    }

    mutating func requeue(_ id: TicketID, at now: MonotonicTime, _ actions: inout [Action]) {
        tickets[id]?.countHeld(false, at: now)
        tickets[id]?.state = .waiting
        actions.append(.requeue(id))
    }

    /// Ends a residency; its memory counts until the engine is gone.
    mutating func evict(_ name: String, at now: MonotonicTime, _ actions: inout [Action]) {
        guard let residency = residencies[name] else { return }
        residencies[name]?.unloadsWhenIdle = false
        residencies[name]?.countLoading(false, at: now)
        switch residency.state {
        case .absent, .draining: break
        case .admitted:
            residencies[name]?.state = .absent
            residencies[name]?.bytes = 0
        case .loading(let generation), .ready(let generation):
            residencies[name]?.state = .draining(generation)
            actions.append(.evict(model: name, generation))
        }
    }

    /// Memory set aside for a ticket that has gone is free again; a load that runs is finished.
    private mutating func forgetUnwanted() {
        for (name, residency) in residencies
        where residency.state == .admitted && !isNeeded(name) {
            residencies[name]?.state = .absent
            residencies[name]?.bytes = 0
        }
    }
}
