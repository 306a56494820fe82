internal import DeviceProtocol
internal import JSON
package import Logging
package import Metrics
package import POSIX
internal import Sandboxing

/// Owns the devices: performs what the scheduler decides.
///
/// DESIGN. Control plane only: no tensor passes through. The actor runs on an event loop's thread,
/// where frames, child exits and timers arrive, so that an event is handled without a hop. Every
/// event goes through `apply`: the scheduler changes, its actions are performed in order, and events
/// that come up meanwhile wait until all are done.
package actor DeviceManager {
    typealias Event = (inout Scheduler, MonotonicTime) -> [Action]

    let loop: EventLoop
    let logger: Logger
    let started = MonotonicTime.now
    var scheduler: Scheduler
    /// The models as they were configured or defined, by name.
    var models: [String: Settings.Entry]
    /// Models that clients have defined, those that were asked for last at the end.
    var defined: [String] = []
    let treat: (@Sendable (_ model: Model, _ footprint: Int) -> Settings.Entry)?
    let sandbox: DeviceSettings.SandboxPolicy
    let clientLimits: ClientLimits
    let clientRules: ClientRules
    let surroundings: EngineProcess.Surroundings
    let gauges: DeviceMetrics

    var engines: [Generation: EngineProcess] = [:]
    /// Why an engine that is still exiting failed to load.
    private var refusals: [Generation: String] = [:]
    /// Device time that the calls have had that engines run, as they last told.
    var calls: [Generation: Duration] = [:]
    /// What engines lacked, so that it is logged once and not with every start.
    private var toldGaps: Set<[SandboxReport.Missing]> = []
    var clients: [ClientID: ClientConnection] = [:]
    var connections: ConnectionLedger
    /// The watch of the device socket.
    var listening: EventLoop.Watch?
    /// What subscribers know; nil while there is none.
    var told: ToldState?
    var progressBoard = ProgressBoard()
    var progressTimer: EventLoop.Timer?
    var holders: [TicketID: Holder] = [:]
    var leases: [TicketID: Lease] = [:]
    /// The models that stand for leases.
    let leaseModels: Set<String>
    private var pressure: MemoryPressure
    /// Where pins and measurements are kept.
    let stateFile: StateFile?
    /// The turns of models that were counted.
    private var toldTurns: [String: Int] = [:]
    /// What is in that file, and since when.
    var remembered: [String: ModelMemory]
    var rememberedAt = MonotonicTime.now
    /// Whether the last write failed.
    var lacksMemory = false
    /// Models that somebody pinned, other than by configuration.
    var pins: Set<String>
    /// Tickets that no client asked for.
    var ownTickets: Set<TicketID> = []
    /// Who is told before the engine of a model leaves, and when those end that are about to.
    var notices = EngineNotices()
    /// Requests that wait until a model is out of memory.
    var unloadWaiters: [(model: String, client: ClientID, requestID: Int)] = []
    private var events: [Event] = []
    private var isApplying = false
    private var timer: EventLoop.Timer?
    private var measuring: EventLoop.Timer?
    /// What clients have given up and engines have not been told yet.
    var endedPasses: [Generation: (link: FrameLink, passes: [FrameLink.Pass])] = [:]
    /// Tokens that were taken back from work that may still run, by engine.
    var lingering: [Generation: Set<String>] = [:]
    /// When they are told at the latest; set exactly while there is something to tell.
    var revoking: EventLoop.Timer?
    var lastChannel = 0
    private var lastClient = 0
    private var drained: CheckedContinuation<Void, Never>?

    /// The loop's thread is this actor's.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    /// Creates a manager that has started nothing yet.
    ///
    /// - Parameters:
    ///   - settings: What it is made of.
    ///   - loop: Where it runs; engines are children of the loop's thread.
    ///   - metrics: Where it counts.
    ///   - logger: Where it speaks.
    package init(settings: Settings, loop: EventLoop, metrics: Metrics, logger: Logger) {
        self.loop = loop
        self.logger = logger
        sandbox = settings.sandbox
        clientLimits = settings.clientLimits
        clientRules = settings.clientRules
        connections = ConnectionLedger(limits: settings.clientLimits)
        surroundings = EngineProcess.Surroundings(
            programs: settings.programs,
            isStrict: settings.sandbox == .required,
            runtimeFolder: settings.runtimeFolder,
            spawner: Spawner(loop: loop),
            loop: loop
        )
        gauges = DeviceMetrics(metrics)
        models = Dictionary(
            uniqueKeysWithValues: settings.models.map { ($0.model.name, $0) }
        )
        pressure = MemoryPressure(path: settings.pressureFile)
        stateFile = settings.stateFile.map(StateFile.init)
        var entries = settings.models
        for index in entries.indices {
            Self.allowSilence(&entries[index], settings.programs, settings.limits)
        }
        treat = settings.treat
        remembered = Self.recall(settings.stateFile, into: &entries, logger)
        pins = Set(remembered.filter(\.value.isPinned).keys)
        let outside = Lease.descriptions(of: settings.devices, maximumHeld: settings.leaseLimit)
        leaseModels = Set(outside.map(\.name))
        scheduler = Scheduler(
            devices: settings.devices,
            models: entries.map(\.description) + outside,
            limits: settings.limits,
            now: .now
        )
        for entry in entries {
            guard let note = entry.footprintNote else { continue }
            let words = [("model", entry.model.name), ("reason", note)]
            logger.warning("a model's memory is guessed from the size of its files", words)
        }
        for entry in entries where entry.isPinned {
            _ = scheduler.pin(entry.model.name, true, at: .now)
        }
        // What a program outside has in memory is not ours to take.
        for model in outside { _ = scheduler.pin(model.name, true, at: .now) }
    }

    /// A server whose threads are all at work answers when one of them is done.
    static func allowSilence(
        _ entry: inout Settings.Entry,
        _ programs: EnginePrograms,
        _ limits: SchedulerLimits
    ) {
        guard programs.engines[entry.model.engine]?.isHTTPServer == true else { return }
        let seconds = Int(entry.description.callTimeout.seconds)
        entry.description.unanswered = max(limits.unanswered, seconds)
    }

    /// Loads the models that are to be there from the beginning, in the background.
    package func preload() {
        for name in models.keys.sorted() where models[name]?.isPreloaded == true {
            let request = TicketRequest(
                models: [name],
                ticketClass: .background,
                key: "manager",
                purpose: .load
            )
            apply { [self] scheduler, now in
                let (id, actions) = scheduler.ask(request, at: now)
                assumeIsolated { _ = $0.ownTickets.insert(id) }
                return actions
            }
        }
    }

    // MARK: Events

    /// Lets the scheduler decide and performs its actions.
    func apply(_ event: @escaping Event) {
        events.append(event)
        guard !isApplying else { return }
        isApplying = true
        while !events.isEmpty {
            let next = events.removeFirst()
            let before = scheduler.counts
            let actions = next(&scheduler, .now)
            if scheduler.counts != before { gauges.decided(scheduler.counts, since: before) }
            publishChanges()
            for action in actions { perform(action) }
        }
        isApplying = false
        answerUnloads()
        armTimer()
        finishDraining()
    }

    private func armTimer() {
        if let timer { loop.cancel(timer) }
        timer = scheduler.nextEvent.map { moment in
            loop.schedule(at: moment) { [self] in
                assumeIsolated { $0.apply { $0.tick(at: $1) } }
            }
        }
    }

    private func perform(_ action: Action) {
        switch action {
        case .launch(let name, let generation): launch(name, generation)
        case .stop(_, let generation): _ = engines[generation]?.process.stop()
        case .yield(let name, _): tell(name, "yield")
        case .resume(let name, let generation):
            countTurns(of: name)
            engines[generation]?.process.resume()
            if leaseModels.contains(name) { tell(name, "continue") }
        case .evict(let name, let generation):
            if leaseModels.contains(name) { return endLease(name, generation) }
            logger.info("evicting", [("model", name)])
            leave(name, generation)
        case .kill(let name, let generation, let reason):
            logger.error("an engine is ended", [("model", name), ("reason", reason)])
            gauges.failed(model: name)
            if leaseModels.contains(name) { return endLease(name, generation) }
            engines[generation]?.process.kill()
        case .grant(let id): grant(id)
        case .requeue(let id): requeue(id)
        case .reject(let id, let refusal): reject(id, refusal)
        }
    }

    func countTurns(of model: String) {
        let (turns, told) = (scheduler.residency(model)?.turns ?? 0, toldTurns[model] ?? 0)
        guard turns > told else { return }
        gauges.turned(model: model, times: turns - told)
        toldTurns[model] = turns
    }

    // MARK: Engines

    private func launch(_ name: String, _ generation: Generation) {
        guard let entry = models[name] else { return launchLease(name, generation) }
        let model = entry.model
        logger.info("loading", [("model", name), ("engine", model.engine)])
        if let bytes = scheduler.residency(name)?.bytes { gauges.estimated(bytes, model: name) }
        do {
            engines[generation] = try EngineProcess(
                model: model,
                limits: entry.limits,
                generation: generation,
                in: surroundings,
                logger: logger.labelled("engine").with([("model", name)])
            ) { [weak self] event in
                // Weak, because the manager owns its engines.
                self?.assumeIsolated { $0.engine(name, generation, event) }
            }
        } catch {
            let reason = "\(error)"
            logger.error("an engine did not start", [("model", name), ("reason", reason)])
            apply { $0.engineGone(name, generation, .loadFailed(reason), at: $1) }
        }
    }

    private func engine(_ name: String, _ generation: Generation, _ event: EngineProcess.Event) {
        switch event {
        case .sandboxed(let report): warn(of: report.missing, model: name)
        case .ready:
            let bytes = engines[generation]?.measuredBytes()
            logger.info("ready", [("model", name), ("bytes", "\(bytes ?? 0)")])
            if let bytes { gauges.measured(bytes, model: name) }
            apply { $0.engineReady(name, generation, bytes: bytes, at: $1) }
            measureLater()
        case .refused(let reason):
            refusals[generation] = engines[generation]?.explain(reason) ?? reason
            engines[generation]?.process.kill()
        case .alive(let call):
            if call > .zero { calls[generation] = call }
            apply { $0.heard(name, generation, call: call, at: $1) }
        case .idle(let token, let held):
            calls.removeValue(forKey: generation)
            gauges.held(held, model: name)
            settle(token, name, generation)
        case .exited(let status):
            exited(name, generation, status)
        }
    }

    private func exited(_ name: String, _ generation: Generation, _ status: ExitStatus) {
        let engine = engines.removeValue(forKey: generation)
        lingering.removeValue(forKey: generation)
        calls.removeValue(forKey: generation)
        forgetNotice(of: generation)
        engine?.cleanUp()
        gauges.measured(0, model: name)
        for client in clients.values { client.channels.removeValue(forKey: generation) }
        let end: EngineEnd
        if let reason = refusals.removeValue(forKey: generation) {
            end = .loadFailed(reason)
        } else {
            end = .failed(engine?.reason(for: status) ?? "its engine \(status)")
        }
        let wasEvicted = scheduler.residency(name)?.word == "draining"
        if !wasEvicted {
            logger.error("an engine ended", [("model", name), ("reason", "\(end)")])
            gauges.failed(model: name)
        }
        apply { $0.engineGone(name, generation, end, at: $1) }
    }

    private func warn(of missing: [SandboxReport.Missing], model: String) {
        guard !missing.isEmpty, toldGaps.insert(missing).inserted else { return }
        let text = missing.map(\.description).joined(separator: ", ")
        logger.warning("engines are less protected", [("model", model), ("missing", text)])
    }

    /// Measures every second while engines live, so that growth is noticed within one.
    private func measureLater() {
        guard measuring == nil else { return }
        measuring = loop.schedule(at: .now + .seconds(1)) { [self] in
            assumeIsolated { $0.measure() }
        }
    }

    private func measure() {
        measuring = nil
        for (generation, engine) in engines {
            let name = engine.model.name
            guard scheduler.residency(name)?.isReady == true,
                let bytes = engine.measuredBytes()
            else { continue }
            gauges.measured(bytes, model: name)
            apply { $0.measured(name, generation, bytes: bytes, at: $1) }
        }
        apply { $0.askForSigns(at: $1) }
        for engine in engines.values where scheduler.awaitsSign(engine.model.name) { engine.ask() }
        if pressure.demandsRelief(at: .now) {
            logger.warning("the machine lacks memory; an idle model goes if there is one")
            // Only the processor's models are in the machine's memory.
            apply { $0.relieve("cpu", at: $1) }
        }
        rememberSometimes()
        if !engines.isEmpty { measureLater() }
    }

    // MARK: Clients

    func freshClient() -> ClientID {
        lastClient += 1
        return ClientID(number: lastClient)
    }

    private func answerUnloads() {
        unloadWaiters.removeAll { waiter in
            guard scheduler.residency(waiter.model)?.state == .absent else { return false }
            clients[waiter.client]?.answer(waiter.requestID, ["status": "ok"])
            return true
        }
    }

    // MARK: The end

    /// Ends everything in order: waiting tickets are refused, granted ones finish or time out,
    /// engines are ended.
    ///
    /// Returns when no engine is left. Call once.
    ///
    /// - Parameter patience: How long granted tickets may take.
    package func drain(patience: Duration) async {
        logger.info("draining", [("tickets", "\(scheduler.liveCount)")])
        let deadline = loop.schedule(at: .now + patience) { [self] in
            assumeIsolated { $0.abandonTickets() }
        }
        apply { $0.drain(at: $1) }
        endLeases()
        await withCheckedContinuation { continuation in
            drained = continuation
            finishDraining()
        }
        loop.cancel(deadline)
        await withCheckedContinuation { continuation in
            remember { _ in continuation.resume() }
        }
    }

    private func abandonTickets() {
        for id in scheduler.liveTickets.map(\.id) {
            revoke(id)
            let error = DeviceError(.draining, "the device manager is ending")
            let reply = JSONObject([("status", "rejected")] + error.members)
            finish(id, TicketOutcome(error.code), reply: reply)
            apply { $0.end(id, at: $1) }
        }
        for engine in engines.values { engine.process.kill() }
    }

    private func finishDraining() {
        guard scheduler.isDraining, scheduler.liveCount == 0, engines.isEmpty else { return }
        let waiting = drained
        drained = nil
        waiting?.resume()
    }
}
