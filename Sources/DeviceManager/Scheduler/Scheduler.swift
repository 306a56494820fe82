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
/// Tickets for the same models wait in one *lane*; there, those of one key and class make a *flow*.
/// So a decision looks at the first ticket of each lane and not at all that wait.
///
/// Invariants, by the numbers of the design; tests check them after every event:
/// 1. On a `stopProcess` device at most its number of engines run; on a `dispatch` device at most
///    `depth` tickets and loads are inside; on a `lease` device one.
/// 2. Admission never takes the ledger over budget. Growth afterwards is answered by evicting idle
///    models, then by refusing, then by ending the one that grew.
/// 3. A model with busy tickets is evicted only for a ticket of a higher class, and its tickets are
///    queued again.
/// 4. A waiting ticket of a higher class is granted before any of a lower one, except that ageing
///    lifts a ticket that has waited its class's bound, and that a class leaves lower ones a share.
/// 5. Within a class, device time is shared between keys by weight, and within a key between its
///    sub-keys.
/// 6. A model that had to go comes back at the cost of another at most once in a minimum residency,
///    for each device, unless a higher class needs it; tickets for resident models overtake one that
///    waits for memory for at most the maximum overtaking time.
/// 7. Every ticket ends exactly once. Sets are taken together: no ticket waits while holding.
/// 8. A ticket whose predicted wait passes its deadline is refused when it comes.
package struct Scheduler: Sendable {
    /// The limits that hold for all devices.
    package let limits: SchedulerLimits
    /// Every known model, by its number.
    package internal(set) var residencies: [Residency] = []
    /// Whether new tickets are refused because the manager ends.
    package internal(set) var isDraining = false
    /// What was decided so far.
    package internal(set) var counts = SchedulerCounts()
    /// The next moment at which `tick` has something to do, or nil when only events can change things.
    package var nextEvent: MonotonicTime? {
        due == .max ? nil : MonotonicTime(nanoseconds: due)
    }

    var devices: [Device]
    var tickets = Slab<Ticket>()
    var lanes = Slab<Lane>()
    var flows = Slab<Flow>()
    var shares: Shares
    var deadlines = DeadlineHeap()
    /// Waiting tickets of each rank, the longest waiting first.
    var ages: InlineArray<3, AgeList> = .init(repeating: AgeList())
    /// Lanes with waiting tickets.
    var waitingLanes: [Int] = []
    /// Lanes with busy tickets.
    var busyLanes: [Int] = []
    /// Models whose engines are stopped.
    var stopped: [Int] = []
    /// Models on their way to being ready.
    var coming: [Int] = []
    /// Models whose engines go on with work that was called off.
    var lingering: [Int] = []
    /// Models whose processes are not ours.
    let outsiders: [Int]
    /// Numbers of models that were forgotten, for those that become known.
    var vacantNumbers: [Int] = []
    /// Models that take no more tickets.
    var closing: [Int] = []
    /// When something is due by itself.
    var due = Int64.max
    /// When something is due on a model, at the earliest; zero to have a look.
    var modelsDue: Int64 = 0
    /// What wants device time in the present decision, in order; kept for its memory alone.
    var claims: [Claim] = []
    /// Models that have a place among the engines that run, in the present decision.
    var chosen: [Int] = []
    /// Tickets that were granted in the present decision.
    var granted: [Int] = []

    /// The limits of classes in nanoseconds, by rank.
    let ageing: InlineArray<3, Int64>
    let slotPatience: InlineArray<3, Int64>
    var numbers: [String: Int]
    var laneNumbers: [Prehashed<LaneName>: Int] = [:]
    private var lastTicket = 0
    private var lastGeneration = 0
    private var live = 0

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
        self.devices = devices.map(Device.init)
        self.limits = limits
        ageing = .init { rank in
            // Nothing is above the highest class.
            rank == 2 ? .max : limits.ageing[TicketClass(rank: rank)]?.nanoseconds ?? .max
        }
        slotPatience = .init { limits.slotPatience[TicketClass(rank: $0)]?.nanoseconds ?? 0 }
        shares = Shares(devices: devices.count, weights: limits.weights)
        outsiders = models.indices.filter { models[$0].isOutside }
        numbers = Dictionary(uniqueKeysWithValues: models.enumerated().map { ($1.name, $0) })
        for (number, model) in models.enumerated() {
            guard let device = devices.firstIndex(where: { $0.name == model.device }) else {
                preconditionFailure("a model names a device that exists")
            }
            residencies.append(Residency(model: model, device: device, now: now))
            self.devices[device].models.append(number)
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
        let lane: Int
        if let known = laneNumbers[request.lane] {
            lane = known
        } else if let refusal = refusal(ofNames: request.models) {
            return refused(refusal)
        } else {
            lane = makeLane(request.lane)
        }
        if let refusal = refusal(of: request, in: lane, at: now) {
            forgetLane(lane)
            return refused(refusal)
        }
        lanes[lane].tickets += 1
        let key = shares.open(request.account)
        let place = tickets.insert(
            Ticket(
                id: TicketID(number: lastTicket, place: -1),
                request: request,
                lane: lane,
                key: key,
                at: now
            )
        )
        predict(place, at: now)
        if let refusal = deadlineRefusal(of: place, at: now) {
            close(place)
            return refused(refusal)
        }
        live += 1
        let id = TicketID(number: lastTicket, place: place)
        tickets[place].id = id
        enqueue(place, at: now)
        if let deadline = request.deadline {
            deadlines.insert(.init(moment: deadline.nanoseconds, ticket: id))
            due = min(due, deadline.nanoseconds)
        }
        // Behind others of its lane and class it changes nothing but its own flow.
        if !isFirst(place), due > now.nanoseconds { return (id, []) }
        return (id, decide(at: now))
    }

    /// Whether a ticket that waits goes first among those of its lane and class.
    private func isFirst(_ place: Int) -> Bool {
        let heap = lanes[tickets[place].lane].heaps[tickets[place].rank]
        return heap.first.map { flows[$0].head == place } ?? true
    }

    private func refused(_ refusal: Refusal) -> (TicketID, [Action]) {
        let id = TicketID(number: lastTicket, place: -1)
        return (id, [.reject(id, refusal)])
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
        guard let place = place(of: id) else { return [] }
        switch (tickets[place].state, isBusy) {
        case (.busy, false):
            touch(place, at: now)
            leaveModels(place, at: now)
            tickets[place].state = .idle
        case (.idle, true):
            wait(place, at: now)
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
        guard let place = place(of: id) else { return [] }
        if tickets[place].state == .busy { touch(place, isProof: isProof, at: now) }
        remove(place, at: now)
        return decide(at: now)
    }

    /// Somebody wants a model out of memory; done when no ticket needs it any more.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - now: The present moment.
    package mutating func unload(_ name: String, at now: MonotonicTime) -> [Action] {
        guard let model = numbers[name], residencies[model].state != .absent else { return [] }
        residencies[model].unloadsWhenIdle = true
        modelsDue = 0
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
        guard let model = numbers[name] else { return [] }
        residencies[model].isPinned = isPinned
        modelsDue = 0
        return decide(at: now)
    }

    /// The manager ends: waiting tickets are refused, granted ones may finish.
    ///
    /// - Parameter now: The present moment.
    package mutating func drain(at now: MonotonicTime) -> [Action] {
        isDraining = true
        modelsDue = 0
        var actions: [Action] = []
        let refusal = Refusal(.draining, "the device manager is ending")
        for ticket in liveTickets where ticket.state == .waiting {
            reject(ticket.id, refusal, at: now, &actions)
        }
        return actions + decide(at: now)
    }

    /// Time has passed; call when `nextEvent` is reached.
    ///
    /// - Parameter now: The present moment.
    package mutating func tick(at now: MonotonicTime) -> [Action] {
        decide(at: now)
    }

    // MARK: Questions

    /// The devices as they were described.
    package var deviceDescriptions: [DeviceDescription] { devices.map(\.description) }

    /// A model by its name.
    ///
    /// - Parameter name: The model.
    package func residency(_ name: String) -> Residency? { numbers[name].map { residencies[$0] } }

    /// A ticket that has not ended.
    ///
    /// - Parameter id: The ticket.
    package func ticket(_ id: TicketID) -> Ticket? { place(of: id).map { tickets[$0] } }

    /// Tickets that have not ended, in order of arrival.
    package var liveTickets: [Ticket] {
        tickets.all.filter(\.isLive).sorted { $0.id < $1.id }
    }

    /// How many tickets have not ended.
    package var liveCount: Int { live }

    /// The models of a ticket.
    ///
    /// - Parameter ticket: A ticket of this scheduler that has not ended.
    package func models(of ticket: Ticket) -> [String] {
        lanes[ticket.lane].models.map { residencies[$0].model.name }
    }

    /// The key of a ticket, without its sub-key.
    ///
    /// - Parameter ticket: A ticket of this scheduler that has not ended.
    package func key(of ticket: Ticket) -> String { shares.keys[ticket.key].name.value.key }

    /// The sub-key of a ticket.
    ///
    /// - Parameter ticket: A ticket of this scheduler that has not ended.
    package func subKey(of ticket: Ticket) -> String? { shares.keys[ticket.key].name.value.subKey }

    /// Bytes that the ledger of a device holds.
    ///
    /// - Parameter device: The device's name.
    package func used(on device: String) -> Int {
        devices.first { $0.description.name == device }?.used ?? 0
    }

    // MARK: Shared by the steps

    mutating func decide(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        due = .max
        expire(at: now, &actions)
        admit(at: now, &actions)
        askOutsiders(at: now, &actions)
        takeTurns(at: now, &actions)
        return actions
    }

    mutating func freshGeneration() -> Generation {
        lastGeneration += 1
        return Generation(number: lastGeneration)
    }

    func number(of model: String) -> Int? { numbers[model] }

    func place(of id: TicketID) -> Int? {
        guard tickets.holds(id.place), tickets[id.place].isLive, tickets[id.place].id == id else {
            return nil
        }
        return id.place
    }

    /// Ends a ticket from our side.
    mutating func reject(
        _ id: TicketID,
        _ refusal: Refusal,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        guard let place = place(of: id) else { return }
        remove(place, at: now)
        actions.append(.reject(id, refusal))
    }

    private mutating func remove(_ place: Int, at now: MonotonicTime) {
        switch tickets[place].state {
        case .waiting: dequeue(place)
        case .busy: leaveModels(place, at: now)
        case .idle: break
        }
        live -= 1
        close(place)
    }

    /// Lets go of a ticket that is in no queue and on no model.
    private mutating func close(_ place: Int) {
        tickets[place].isLive = false
        shares.close(tickets[place].key)
        closeLane(tickets[place].lane)
        tickets.remove(place)
    }
}
