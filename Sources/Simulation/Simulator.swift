package import DeviceManager
internal import DeviceProtocol
internal import POSIX

/// Runs the scheduler itself in virtual time, with engines that only pretend to work.
///
/// The device time of a request is what it would take alone; tickets on one engine share its speed.
/// Work that loses its engine begins again. Moments are nanoseconds from the beginning of the trace.
package struct Simulator: Sendable {
    /// How tickets are ordered.
    package enum Policy: String, Sendable, Hashable, CaseIterable {
        /// As the device manager does.
        case baton
        /// As they come, whatever their class and key, for comparison: nothing is stopped for another,
        /// nobody is overtaken, and models are swapped whenever the next ticket needs it.
        case fifo
    }

    /// A request from its coming to its end.
    private struct Record {
        var kind = 0
        var at: Int64 = 0
        var held: Int64 = 0
        var isGranted = false
    }

    private let policy: Policy
    private var scheduler: Scheduler
    private var engines: [VirtualEngine]
    private let numbers: [String: Int]
    private var records: [Record] = []
    private var wishes: [TicketRequest] = []
    private var homes: [Int] = []
    private var result: SimulationResult
    private var now: Int64 = 0

    /// Prepares the world of a trace.
    ///
    /// - Parameters:
    ///   - devices: The devices.
    ///   - models: The models.
    ///   - policy: How tickets are ordered.
    ///   - limits: The limits that hold for all devices.
    package init(
        devices: [DeviceDescription],
        models: [TraceModel],
        policy: Policy,
        limits: SchedulerLimits = SchedulerLimits()
    ) {
        self.policy = policy
        var (devices, limits) = (devices, limits)
        limits.predictsAlways = false
        if policy == .fifo {
            limits.ageing = [:]
            // Nobody has a limit of their own, only the queue as a whole.
            limits.waitingPerKey = limits.waitingPerModel
            for index in devices.indices {
                devices[index].quantum = .seconds(1_000_000)
                devices[index].lowerShare = 0
                devices[index].minimumResidency = .zero
                devices[index].maximumOvertaking = .zero
            }
        }
        scheduler = Scheduler(
            devices: devices,
            models: models.map(\.description),
            limits: limits,
            now: MonotonicTime(nanoseconds: 0)
        )
        engines = models.map(VirtualEngine.init)
        numbers = Dictionary(
            uniqueKeysWithValues: models.enumerated().map { ($1.description.name, $0) }
        )
        result = SimulationResult(policy: policy)
    }

    /// Plays a trace to its end and waits for the last ticket.
    ///
    /// - Parameter source: The trace.
    /// - Returns: What happened.
    package mutating func run(_ source: inout some TraceSource) throws -> SimulationResult {
        var request = try source.next()
        while true {
            let engine = nextEngine
            let timer = scheduler.nextEvent?.nanoseconds ?? .max
            let moment = min(engine.due, timer)
            if let coming = request, coming.at <= moment {
                now = max(now, coming.at)
                if coming.kind >= wishes.count { learn(source.kinds) }
                ask(coming)
                request = try source.next()
                continue
            }
            if request == nil, scheduler.liveCount == 0 { break }
            guard moment < .max else { break }
            now = max(now, moment)
            if engine.due <= timer {
                happen(engine.number)
            } else {
                perform(scheduler.tick(at: MonotonicTime(nanoseconds: now)))
            }
        }
        result.finish(
            at: now,
            scheduler.counts,
            loads: scheduler.residencies.reduce(0) { $0 + $1.loads },
            worked: engines.reduce(0) { $0 + $1.worked },
            unended: scheduler.liveCount
        )
        return result
    }

    private var nextEngine: (number: Int, due: Int64) {
        var best = (number: -1, due: Int64.max)
        for index in engines.indices where engines[index].due < best.due {
            best = (index, engines[index].due)
        }
        return best
    }

    // MARK: Requests

    private mutating func learn(_ kinds: [RequestKind]) {
        for kind in kinds[wishes.count...] {
            let isPlain = policy == .fifo
            wishes.append(
                TicketRequest(
                    models: kind.models,
                    ticketClass: isPlain ? .interactive : kind.ticketClass,
                    key: isPlain ? "all" : kind.key
                )
            )
            homes.append(kind.models.first.flatMap { numbers[$0] } ?? 0)
            result.learn(kind)
        }
    }

    private mutating func ask(_ request: TraceRequest) {
        var wish = wishes[request.kind]
        if let deadline = request.deadline {
            wish.deadline = MonotonicTime(nanoseconds: request.at + deadline)
        }
        let moment = MonotonicTime(nanoseconds: now)
        let (id, actions) = scheduler.ask(wish, at: moment)
        result.asked += 1
        if id.isKept {
            while records.count <= id.place { records.append(Record()) }
            records[id.place] = Record(kind: request.kind, at: request.at, held: request.held)
        } else {
            result.refused(kind: request.kind)
        }
        perform(actions)
    }

    // MARK: The world

    private mutating func happen(_ number: Int) {
        let moment = MonotonicTime(nanoseconds: now)
        guard let generation = engines[number].generation,
            let happening = engines[number].happen(at: now)
        else { return }
        let name = engines[number].model.description.name
        switch happening {
        case .loaded:
            perform(scheduler.engineReady(name, generation, bytes: nil, at: moment))
        case .ended:
            engines[number].generation = nil
            perform(scheduler.engineGone(name, generation, .failed("ended"), at: moment))
        case .finished(let id):
            let record = records[id.place]
            result.finished(kind: record.kind, held: record.held)
            perform(scheduler.end(id, at: moment))
        }
    }

    private mutating func perform(_ actions: [Action]) {
        for action in actions {
            switch action {
            case .grant(let id): grant(id)
            case .stop(let model, _): engine(model) { $0.stop(at: $1) }
            // A trace has no programs outside.
            case .yield: break
            case .resume(let model, _): engine(model) { $0.resume(at: $1) }
            case .launch(let model, let generation): engine(model) { $0.start(generation, at: $1) }
            case .evict(let model, _), .kill(let model, _, _): engine(model) { $0.evict(at: $1) }
            case .requeue(let id):
                engines[homes[records[id.place].kind]].drop(id, at: now)
            case .reject(let id, _):
                guard id.isKept else { continue }
                let kind = records[id.place].kind
                engines[homes[kind]].drop(id, at: now)
                result.refused(kind: kind)
            }
        }
    }

    private mutating func grant(_ id: TicketID) {
        let record = records[id.place]
        if !record.isGranted {
            records[id.place].isGranted = true
            result.granted(kind: record.kind, wait: now - record.at)
        }
        engines[homes[record.kind]].work(on: id, for: record.held, at: now)
    }

    private mutating func engine(_ model: String, _ act: (inout VirtualEngine, Int64) -> Void) {
        guard let number = numbers[model] else { return }
        act(&engines[number], now)
    }
}
