internal import DeviceProtocol
package import POSIX

/// Decides which engine may run: a value without clock, I/O or concurrency.
///
/// DESIGN. Every event is a `mutating` method that takes the time and returns actions, which the
/// shell performs in order before it reports the next event. After each event the same three steps
/// run, in files of their own:
///
///     expire     what time has ended: deadlines, keep-alives, loads that take too long
///     admit      memory: which absent models may become resident, and who makes room for them
///     takeTurns  the baton: which engines run, which tickets are granted
///
/// Invariants, by the numbers of the design; tests check them after every event:
/// 1. On a `stopProcess` device at most its number of engines run; on a `dispatch` device at most
///    `depth` tickets and loads are inside; on a `lease` device one.
/// 2. Admission never takes the ledger over budget. Growth afterwards is answered by evicting idle
///    models, then by refusing, then by ending the one that grew.
/// 3. A model with busy tickets is evicted only for a ticket of a higher class, and its tickets are
///    queued again.
/// 7. Every ticket ends exactly once. Sets are taken together: no ticket waits while holding.
///
/// Order of service is class, then arrival: a ticket that waits blocks the later ones of its class
/// on its devices, so that nothing overtakes it. Shares between keys, ageing and minimum residency
/// (invariants 4 to 6 and 8) have their place in `takeTurns` and `admit`.
package struct Scheduler: Sendable {
    /// The devices by name.
    package let devices: [String: DeviceDescription]
    /// The limits that hold for all devices.
    package let limits: SchedulerLimits
    /// Every known model by name.
    package internal(set) var residencies: [String: Residency] = [:]
    /// Tickets that have not ended.
    package internal(set) var tickets: [TicketID: Ticket] = [:]
    /// Whether new tickets are refused because the manager ends.
    package internal(set) var isDraining = false
    /// Since when a device is over its budget.
    var overBudgetSince: [String: MonotonicTime] = [:]
    private var lastTicket = 0
    private var lastGeneration = 0

    /// Creates a scheduler.
    ///
    /// - Parameters:
    ///   - devices: The devices.
    ///   - models: The models; each names one of the devices.
    ///   - limits: The limits that hold for all devices.
    ///   - now: The present moment.
    /// - Precondition: Every model's device exists.
    package init(
        devices: [DeviceDescription],
        models: [ModelDescription],
        limits: SchedulerLimits = SchedulerLimits(),
        now: MonotonicTime
    ) {
        self.devices = Dictionary(uniqueKeysWithValues: devices.map { ($0.name, $0) })
        self.limits = limits
        for model in models {
            precondition(self.devices[model.device] != nil, "a model names a device that exists")
            residencies[model.name] = Residency(model: model, now: now)
        }
    }

    // MARK: Events of clients

    /// A client asks for a ticket.
    ///
    /// - Parameters:
    ///   - request: What it wants.
    ///   - now: The present moment.
    /// - Returns: The ticket's name, which the actions may already grant or reject.
    package mutating func ask(
        _ request: TicketRequest,
        at now: MonotonicTime
    ) -> (TicketID, [Action]) {
        lastTicket += 1
        let id = TicketID(lastTicket)
        if let refusal = refusal(of: request, at: now) { return (id, [.reject(id, refusal)]) }
        tickets[id] = Ticket(id: id, request: request, asked: now)
        return (id, decide(at: now))
    }

    /// A client has nothing to do for now, or has again.
    ///
    /// - Parameters:
    ///   - id: A ticket that was granted; others are ignored.
    ///   - isBusy: Whether it wants its models; it waits for a new grant then.
    ///   - now: The present moment.
    package mutating func change(
        _ id: TicketID,
        isBusy: Bool,
        at now: MonotonicTime
    ) -> [Action] {
        switch (tickets[id]?.state, isBusy) {
        case (.busy, false):
            tickets[id]?.countHeld(false, at: now)
            tickets[id]?.state = .idle
            touch(id, at: now)
        case (.idle, true):
            tickets[id]?.state = .waiting
        default:
            return []
        }
        return decide(at: now)
    }

    /// A client gives its ticket back, or is gone; an ended ticket is ignored.
    ///
    /// - Parameters:
    ///   - id: The ticket.
    ///   - isProof: Whether its work was finished, which excuses its engines' earlier failures.
    ///   - now: The present moment.
    package mutating func end(
        _ id: TicketID,
        isProof: Bool = true,
        at now: MonotonicTime
    ) -> [Action] {
        guard tickets[id] != nil else { return [] }
        touch(id, isProof: isProof, at: now)
        tickets.removeValue(forKey: id)
        return decide(at: now)
    }

    /// Somebody wants a model out of memory; done when no ticket needs it any more.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - now: The present moment.
    package mutating func unload(_ name: String, at now: MonotonicTime) -> [Action] {
        guard residencies[name]?.state != .absent else { return [] }
        residencies[name]?.unloadsWhenIdle = true
        return decide(at: now)
    }

    /// Somebody protects a model from eviction, or lifts that.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - isPinned: Whether it is never evicted for others and never expires.
    ///   - now: The present moment.
    package mutating func pin(
        _ name: String,
        _ isPinned: Bool,
        at now: MonotonicTime
    ) -> [Action] {
        residencies[name]?.isPinned = isPinned
        return decide(at: now)
    }

    /// The manager ends: waiting tickets are refused, granted ones may finish.
    ///
    /// - Parameter now: The present moment.
    package mutating func drain(at now: MonotonicTime) -> [Action] {
        isDraining = true
        var actions: [Action] = []
        for ticket in waiting() {
            reject(ticket.id, Refusal(.draining, "the device manager is ending"), &actions)
        }
        return actions + decide(at: now)
    }

    // MARK: Events of time

    /// Time has passed; call when `nextEvent` is reached.
    ///
    /// - Parameter now: The present moment.
    package mutating func tick(at now: MonotonicTime) -> [Action] {
        decide(at: now)
    }

    // MARK: Shared by the steps

    mutating func decide(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        expire(at: now, &actions)
        admit(at: now, &actions)
        takeTurns(at: now, &actions)
        return actions
    }

    mutating func freshGeneration() -> Generation {
        lastGeneration += 1
        return Generation(number: lastGeneration)
    }

    /// Ends a ticket from our side.
    mutating func reject(_ id: TicketID, _ refusal: Refusal, _ actions: inout [Action]) {
        guard tickets.removeValue(forKey: id) != nil else { return }
        actions.append(.reject(id, refusal))
    }

    /// Notes that a ticket's models were in use until now.
    private mutating func touch(_ id: TicketID, isProof: Bool = true, at now: MonotonicTime) {
        guard let ticket = tickets[id], ticket.state == .busy else { return }
        for name in ticket.request.models {
            residencies[name]?.lastUsed = now
            // Work that was finished proves the engine.
            if isProof { residencies[name]?.failures = 0 }
        }
    }

    /// Waiting tickets in order of service.
    func waiting() -> [Ticket] {
        tickets.values.filter { $0.state == .waiting }.sorted(by: Ticket.precedes)
    }

    /// Busy tickets that use a model.
    func busy(on name: String) -> [Ticket] {
        tickets.values.filter { $0.state == .busy && $0.request.models.contains(name) }
            .sorted(by: Ticket.precedes)
    }

    /// Bytes that the ledger of a device holds.
    ///
    /// - Parameter device: The device's name.
    package func used(on device: String) -> Int {
        residencies.values.reduce(0) { $0 + ($1.model.device == device ? $1.bytes : 0) }
    }

    func device(of name: String) -> DeviceDescription? {
        residencies[name].flatMap { devices[$0.model.device] }
    }
}
