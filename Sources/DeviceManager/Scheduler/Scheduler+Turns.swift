internal import DeviceProtocol
internal import POSIX

/// The baton: which engines run, and which tickets are granted.
///
/// Everything that wants device time is a claim: busy tickets, waiting tickets whose models are all
/// ready, and loads, which run in the class of the first ticket that waits for them. Claims are
/// accepted in order while the turn rule of every device they touch allows it. Among equals the
/// present holder goes first, so that turns are not interrupted without need.
extension Scheduler {
    private struct Claim {
        enum Kind {
            case load
            case busy
            case waiting
        }

        let kind: Kind
        let ticket: TicketID
        let ticketClass: TicketClass
        let models: [String]
        let isHolding: Bool
    }

    /// What has been accepted so far on all devices.
    private struct Turn {
        var engines: [String: Set<String>] = [:]
        var newcomers: [String: Int] = [:]
        var blocked: Set<String> = []
        var grants: [TicketID] = []
        var launches: [String] = []
    }

    mutating func takeTurns(at now: MonotonicTime, _ actions: inout [Action]) {
        var turn = Turn()
        for claim in claims() { consider(claim, &turn) }
        // Stops come first, confirmed one by one: nothing may start while the old holder runs.
        for name in residencies.keys.sorted() { stopUnlessChosen(name, turn, &actions) }
        for name in residencies.keys.sorted() { resumeIfChosen(name, turn, &actions) }
        for name in turn.launches { launch(name, &actions) }
        for id in turn.grants { grant(id, &actions) }
        countTime(at: now)
    }

    // MARK: Claims

    private func claims() -> [Claim] {
        var claims: [Claim] = []
        for ticket in tickets.values {
            switch ticket.state {
            case .idle: continue
            case .busy: claims.append(claim(of: ticket, .busy))
            case .waiting:
                let isServed = ticket.request.models.allSatisfy { residencies[$0]?.isReady == true }
                if isServed { claims.append(claim(of: ticket, .waiting)) }
            }
        }
        for residency in residencies.values where residency.isComing {
            claims.append(loadClaim(of: residency))
        }
        return claims.sorted { left, right in
            if left.ticketClass != right.ticketClass { return left.ticketClass > right.ticketClass }
            if left.isHolding != right.isHolding { return left.isHolding }
            return left.ticket < right.ticket
        }
    }

    private func claim(of ticket: Ticket, _ kind: Claim.Kind) -> Claim {
        let isRunning = ticket.request.models.allSatisfy { residencies[$0]?.isStopped == false }
        return Claim(
            kind: kind,
            ticket: ticket.id,
            ticketClass: ticket.request.ticketClass,
            models: ticket.request.models,
            isHolding: kind == .busy && isRunning
        )
    }

    private func loadClaim(of residency: Residency) -> Claim {
        let first = waiting().first { $0.request.models.contains(residency.model.name) }
        var isHolding = false
        if case .loading = residency.state { isHolding = !residency.isStopped }
        // A load that nobody waits for any more is finished when nothing else wants the device.
        return Claim(
            kind: .load,
            ticket: first?.id ?? TicketID(Int.max),
            ticketClass: first?.request.ticketClass ?? .background,
            models: [residency.model.name],
            isHolding: isHolding
        )
    }

    // MARK: Choosing

    private func consider(_ claim: Claim, _ turn: inout Turn) {
        let names = Set(claim.models.compactMap { residencies[$0]?.model.device })
        if claim.kind == .waiting, tickets[claim.ticket]?.request.purpose == .load {
            turn.grants.append(claim.ticket)
            return
        }
        guard names.allSatisfy({ fits(claim, on: $0, turn) }) else {
            // Later tickets must not overtake on these devices; what runs already may go on.
            turn.blocked.formUnion(names)
            return
        }
        for name in names {
            let here = claim.models.filter { residencies[$0]?.model.device == name }
            turn.engines[name, default: []].formUnion(here)
            if isNewcomer(claim) { turn.newcomers[name, default: 0] += 1 }
        }
        switch claim.kind {
        case .busy: break
        case .waiting: turn.grants.append(claim.ticket)
        case .load:
            turn.launches += claim.models.filter { residencies[$0]?.state == .admitted }
        }
    }

    private func fits(_ claim: Claim, on name: String, _ turn: Turn) -> Bool {
        guard let device = devices[name] else { return false }
        let isNew = isNewcomer(claim)
        if isNew && turn.blocked.contains(name) { return false }
        if claim.kind == .waiting && !hasSlots(claim, turn) { return false }
        switch device.rule {
        case .stopProcess(let engines):
            let here = claim.models.filter { residencies[$0]?.model.device == name }
            return turn.engines[name, default: []].union(here).count <= engines
        case .dispatch(let depth):
            // What is inside cannot be taken out again; only newcomers are held back.
            return !isNew || inside(name) + turn.newcomers[name, default: 0] < depth
        case .lease:
            return !isNew || inside(name) + turn.newcomers[name, default: 0] < 1
        }
    }

    /// Whether a claim's work has not begun.
    private func isNewcomer(_ claim: Claim) -> Bool {
        switch claim.kind {
        case .busy: false
        case .waiting: true
        case .load: claim.models.allSatisfy { residencies[$0]?.state == .admitted }
        }
    }

    /// Whether each engine admits one more ticket, those granted in this round included.
    private func hasSlots(_ claim: Claim, _ turn: Turn) -> Bool {
        claim.models.allSatisfy { name in
            let granted = turn.grants.count { tickets[$0]?.request.models.contains(name) == true }
            let slots = residencies[name]?.model.slots ?? 0
            return busy(on: name).count + granted < slots
        }
    }

    /// Tickets and loads that are inside a device now.
    private func inside(_ device: String) -> Int {
        let busy = tickets.values.count { ticket in
            ticket.state == .busy
                && ticket.request.models.contains { residencies[$0]?.model.device == device }
        }
        let loading = residencies.values.count { residency in
            if case .loading = residency.state { residency.model.device == device } else { false }
        }
        return busy + loading
    }

    // MARK: Acting

    private mutating func stopUnlessChosen(_ name: String, _ turn: Turn, _ actions: inout [Action])
    {
        guard let residency = residencies[name], let generation = residency.generation,
            case .stopProcess = devices[residency.model.device]?.rule,
            !residency.isStopped, !residency.isDraining
        else { return }
        let isChosen = turn.engines[residency.model.device]?.contains(name) == true
        // An engine without work does not run anyway.
        let wantsToRun = residency.isComing || !busy(on: name).isEmpty
        guard wantsToRun && !isChosen else { return }
        residencies[name]?.isStopped = true
        actions.append(.stop(model: name, generation))
    }

    private mutating func resumeIfChosen(_ name: String, _ turn: Turn, _ actions: inout [Action]) {
        guard let residency = residencies[name], residency.isStopped, !residency.isDraining,
            let generation = residency.generation
        else { return }
        let chosen = turn.engines[residency.model.device] ?? []
        // Its tickets may be gone: it runs on when nobody else holds the baton, so that no engine
        // stays stopped by mistake.
        guard chosen.contains(name) || chosen.isEmpty else { return }
        residencies[name]?.isStopped = false
        actions.append(.resume(model: name, generation))
    }

    private mutating func launch(_ name: String, _ actions: inout [Action]) {
        let generation = freshGeneration()
        residencies[name]?.state = .loading(generation)
        residencies[name]?.loadHeld = .zero
        residencies[name]?.loadStarted = nil
        actions.append(.launch(model: name, generation))
    }

    private mutating func grant(_ id: TicketID, _ actions: inout [Action]) {
        tickets[id]?.state = .busy
        actions.append(.grant(id))
    }

    /// Counts held time and loading time only where the engines run.
    private mutating func countTime(at now: MonotonicTime) {
        for (id, ticket) in tickets {
            let runs = ticket.request.models.allSatisfy { residencies[$0]?.isStopped == false }
            tickets[id]?.countHeld(ticket.state == .busy && runs, at: now)
        }
        for (name, residency) in residencies {
            var isLoading = false
            if case .loading = residency.state { isLoading = true }
            residencies[name]?.countLoading(isLoading && !residency.isStopped, at: now)
        }
    }
}
