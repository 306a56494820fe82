import DeviceManager
import DeviceProtocol
import POSIX
import Testing

/// A scheduler with the world around it: which engines exist, run and are stopped, and what each
/// ticket was told.
///
/// It performs actions as the shell would and checks the invariants on the way.
struct SchedulerHarness {
    var scheduler: Scheduler
    var now = MonotonicTime(nanoseconds: 0)
    /// Engines whose process exists, with whether it is stopped.
    var engines: [Generation: (model: String, isStopped: Bool)] = [:]
    /// What each ticket was told, in order.
    var told: [TicketID: [String]] = [:]
    /// The ends of tickets; invariant 7 allows one each.
    var ends: [TicketID: Int] = [:]
    var granted: Set<TicketID> = []
    /// Outsiders that were asked to yield and have not.
    var asked: Set<String> = []
    /// What each ticket asked for.
    var models: [TicketID: [String]] = [:]
    var violations: [String] = []
    /// An engine failed just now, so tickets may be queued again without a higher class.
    private var isFailing = false
    /// Outsiders whose processes have begun and are not gone.
    private var driven: Set<String> = []
    /// Growth may take the ledger over budget; admission may not.
    var hasGrowth = false

    init(
        devices: [DeviceDescription],
        models: [ModelDescription],
        limits: SchedulerLimits = .init()
    ) {
        scheduler = Scheduler(devices: devices, models: models, limits: limits, now: now)
    }

    // MARK: Events

    mutating func ask(
        _ models: [String],
        _ ticketClass: TicketClass = .interactive,
        key: String = "k",
        subKey: String? = nil,
        deadline: Duration? = nil,
        purpose: TicketRequest.Purpose = .use
    ) -> TicketID {
        let request = TicketRequest(
            models: models,
            ticketClass: ticketClass,
            key: key,
            subKey: subKey,
            deadline: deadline.map { now + $0 },
            purpose: purpose
        )
        let (id, actions) = scheduler.ask(request, at: now)
        self.models[id] = models
        perform(actions)
        return id
    }

    mutating func end(_ id: TicketID) {
        let wasLive = scheduler.ticket(id) != nil
        if wasLive { ends[id, default: 0] += 1 }
        granted.remove(id)
        perform(scheduler.end(id, at: now))
    }

    mutating func change(_ id: TicketID, isBusy: Bool) {
        if !isBusy { granted.remove(id) }
        perform(scheduler.change(id, isBusy: isBusy, at: now))
    }

    mutating func ready(_ model: String, bytes: Int? = nil) {
        guard let generation = scheduler.residency(model)?.generation else { return }
        perform(scheduler.engineReady(model, generation, bytes: bytes, at: now))
    }

    mutating func gone(_ model: String, _ end: EngineEnd = .failed("it crashed")) {
        guard let generation = scheduler.residency(model)?.generation else { return }
        engines.removeValue(forKey: generation)
        asked.remove(model)
        driven.remove(model)
        isFailing = true
        perform(scheduler.engineGone(model, generation, end, at: now))
        isFailing = false
    }

    /// The engine goes on with work that is called off next.
    mutating func linger(_ model: String) {
        guard let generation = scheduler.residency(model)?.generation else { return }
        scheduler.lingers(model, generation, at: now)
    }

    /// The engine has ended work that was called off.
    mutating func settled(_ model: String) {
        guard let generation = scheduler.residency(model)?.generation else { return }
        perform(scheduler.settled(model, generation, at: now))
    }

    /// An outsider says that it has yielded.
    mutating func yielded(_ model: String) {
        guard let generation = scheduler.residency(model)?.generation else { return }
        if asked.remove(model) != nil { engines[generation]?.isStopped = true }
        perform(scheduler.yielded(model, generation, at: now))
    }

    mutating func askForSigns() {
        isFailing = true
        perform(scheduler.askForSigns(at: now))
        isFailing = false
    }

    /// The engine says that it lives, and how much its call has had.
    mutating func heard(_ model: String, call: Duration = .zero) {
        guard let generation = scheduler.residency(model)?.generation else { return }
        isFailing = true
        perform(scheduler.heard(model, generation, call: call, at: now))
        isFailing = false
    }

    mutating func measured(_ model: String, bytes: Int) {
        guard let generation = scheduler.residency(model)?.generation else { return }
        hasGrowth = true
        isFailing = true
        perform(scheduler.measured(model, generation, bytes: bytes, at: now))
        isFailing = false
    }

    mutating func unload(_ model: String) {
        perform(scheduler.unload(model, at: now))
    }

    mutating func pin(_ model: String, _ isPinned: Bool = true) {
        perform(scheduler.pin(model, isPinned, at: now))
    }

    mutating func relieve() {
        perform(scheduler.relieve("cpu", at: now))
    }

    mutating func drain() {
        perform(scheduler.drain(at: now))
    }

    mutating func advance(_ span: Duration) {
        now = now + span
        perform(scheduler.tick(at: now))
    }

    /// Lets everything come to its end: engines answer, clients release what they were granted.
    mutating func finish() {
        for residency in scheduler.residencies where residency.isPinned {
            pin(residency.model.name, false)
        }
        for _ in 0..<600 where scheduler.liveCount > 0 {
            for model in scheduler.residencies.map(\.model.name) {
                if word(model) == "draining" { gone(model) }
                if isRunning(model) { ready(model) }
                if asked.contains(model) { yielded(model) }
            }
            for ticket in scheduler.liveTickets where ticket.state != .waiting { end(ticket.id) }
            advance(.seconds(1))
        }
    }

    // MARK: Questions

    /// Where everything stands, for the report of a test that failed.
    var picture: String {
        let models = scheduler.residencies.map { residency in
            "\(residency.model.name) \(residency.word)"
                + (residency.isStopped ? " stopped" : "") + (residency.isClosing ? " closing" : "")
                + " (\(residency.busy) busy, \(residency.waiting) waiting)"
        }
        let tickets = scheduler.liveTickets.map { ticket in
            "\(ticket.id.number) \(ticket.state) \(scheduler.models(of: ticket))"
                + " \(ticket.ticketClass) \(scheduler.key(of: ticket))"
        }
        return (models + tickets).joined(separator: "\n    ")
    }

    func exists(_ model: String) -> Bool { engines.values.contains { $0.model == model } }

    /// The models that are driven from outside.
    var outsiders: [String] {
        scheduler.residencies.filter(\.model.isOutside).map(\.model.name)
    }

    private func isOutside(_ model: String) -> Bool {
        scheduler.residency(model)?.model.isOutside == true
    }

    func isRunning(_ model: String) -> Bool {
        engines.values.contains { $0.model == model && !$0.isStopped }
    }

    func word(_ model: String) -> String { scheduler.residency(model)?.word ?? "unknown" }

    func last(_ id: TicketID) -> String { told[id]?.last ?? "nothing" }

    // MARK: Performing

    private mutating func perform(_ actions: [Action]) {
        for action in actions { perform(action) }
        check()
        // As the shell does: who asked for a load has what it wanted.
        for id in granted.sorted() where scheduler.ticket(id)?.purpose == .load { end(id) }
    }

    private mutating func perform(_ action: Action) {
        switch action {
        case .launch(let model, let generation):
            if engines.values.contains(where: { $0.model == model }) {
                violations.append("launched '\(model)' while an engine of it exists")
            }
            engines[generation] = (model, false)
        case .yield(let model, _):
            if !asked.insert(model).inserted { violations.append("asked '\(model)' twice") }
        case .stop(let model, let generation):
            if driven.contains(model), engines[generation]?.isStopped == false {
                violations.append("stopped '\(model)', whose process is not ours")
            }
            engines[generation]?.isStopped = true
        case .resume(_, let generation):
            engines[generation]?.isStopped = false
        case .evict(let model, let generation), .kill(let model, let generation, _):
            if engines[generation] == nil { violations.append("evicted '\(model)' twice") }
            for ticket in scheduler.liveTickets
            where ticket.state == .busy && ticket.purpose == .use
                && scheduler.models(of: ticket).contains(model)
            {
                violations.append("3: evicted '\(model)' under busy ticket \(ticket.id.number)")
            }
        case .grant(let id):
            told[id, default: []].append("granted")
            granted.insert(id)
            if scheduler.ticket(id)?.purpose == .use {
                driven.formUnion((models[id] ?? []).filter(isOutside))
            }
        case .requeue(let id):
            told[id, default: []].append("requeued")
            granted.remove(id)
            let lost = scheduler.ticket(id)?.ticketClass ?? .background
            let isOutranked = scheduler.liveTickets.contains {
                $0.state != .idle && $0.ticketClass > lost
            }
            if !isFailing && !isOutranked {
                violations.append("3: ticket \(id.number) lost its model to no higher class")
            }
        case .reject(let id, let refusal):
            told[id, default: []].append(refusal.code.rawValue)
            ends[id, default: 0] += 1
            granted.remove(id)
        }
    }

    /// The invariants that hold between events.
    private mutating func check() {
        for device in scheduler.deviceDescriptions { check(device) }
        for (id, count) in ends where count > 1 {
            violations.append("7: ticket \(id.number) ended \(count) times")
        }
        for ticket in scheduler.liveTickets {
            if ends[ticket.id] != nil {
                violations.append("7: ticket \(ticket.id.number) lives on")
            }
            let isBusy = ticket.state == .busy && ticket.purpose == .use
            if isBusy != granted.contains(ticket.id), ticket.purpose == .use {
                violations.append("7: ticket \(ticket.id.number) was not told its state")
            }
            guard isBusy else { continue }
            for model in scheduler.models(of: ticket)
            where scheduler.residency(model)?.isReady != true {
                violations.append("7: ticket \(ticket.id.number) is busy without '\(model)'")
            }
        }
    }

    private mutating func check(_ device: DeviceDescription) {
        let here = scheduler.residencies.filter { $0.model.device == device.name }
        if !hasGrowth, scheduler.used(on: device.name) > device.budget {
            violations.append("2: \(scheduler.used(on: device.name)) of \(device.budget) bytes")
        }
        func busy(_ model: String) -> Int {
            scheduler.liveTickets.count {
                $0.state == .busy && $0.purpose == .use && scheduler.models(of: $0).contains(model)
            }
        }
        for residency in here where busy(residency.model.name) > residency.model.slots {
            violations.append("'\(residency.model.name)' admits more tickets than it has slots")
        }
        let loading = here.count { if case .loading = $0.state { true } else { false } }
        switch device.rule {
        case .stopProcess(let limit):
            let running = here.filter { residency in
                let isLoading = residency.word == "loading" && residency.generation != nil
                let works = residency.lingering > 0 || busy(residency.model.name) > 0
                let isLeft = driven.contains(residency.model.name) && residency.generation != nil
                return !residency.isStopped && (isLoading || works || isLeft)
            }
            if running.count > limit { violations.append("1: \(running.count) engines run") }
        case .dispatch, .lease:
            let depth = if case .dispatch(let depth) = device.rule { depth } else { 1 }
            let inside = scheduler.liveTickets.count { ticket in
                ticket.state == .busy && ticket.purpose == .use
                    && here.contains { scheduler.models(of: ticket).contains($0.model.name) }
            }
            let all = inside + loading + here.reduce(0) { $0 + $1.lingering }
            if all > depth { violations.append("1: \(all) are inside") }
        }
    }
}

extension SchedulerHarness {
    /// A CPU of 100 bytes whose models take 40 each.
    static func cpu(
        _ models: [String] = ["a", "b", "c"],
        rule: TurnRule = .stopProcess(engines: 1),
        slots: Int = 2,
        keepAlive: Duration? = .seconds(300),
        outsiders: [String] = []
    ) -> SchedulerHarness {
        let driven = outsiders.map { name in
            var model = ModelDescription(
                name: name,
                device: "cpu",
                footprint: 10,
                keepAlive: nil,
                slots: 1
            )
            model.isOutside = true
            return model
        }
        let ours = models.map {
            ModelDescription(
                name: $0,
                device: "cpu",
                footprint: 40,
                keepAlive: keepAlive,
                slots: slots
            )
        }
        return SchedulerHarness(
            devices: [DeviceDescription(name: "cpu", rule: rule, budget: 100)],
            models: ours + driven
        )
    }
}
