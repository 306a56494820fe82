internal import DeviceProtocol
internal import POSIX

/// Memory: which absent models may become resident.
///
/// Waiting tickets are served in order. The first one on a device that lacks memory blocks the later
/// ones from taking any there, or small models could starve a large one for ever. Memory counts as
/// taken until the engine that had it is really gone.
extension Scheduler {
    mutating func admit(at now: MonotonicTime, _ actions: inout [Action]) {
        forgetUnwanted()
        guard !waitingLanes.isEmpty || !closing.isEmpty else { return }
        for device in devices.indices { devices[device].overtaken = nil }
        // Who is to have their memory is decided anew each time.
        for model in closing { residencies[model].isClosing = false }
        closing.removeAll()
        var blocked = 0
        for wish in wishes(at: now) {
            for model in lanes[wish.lane].models {
                let device = residencies[model].device
                switch residencies[model].state {
                case .admitted, .loading, .ready: continue
                case .draining: blocked |= 1 << device
                case .absent:
                    // It failed and pauses; nobody else has to wait for that.
                    guard residencies[model].notBefore == nil else { continue }
                    guard blocked & (1 << device) == 0 else { continue }
                    if !reserve(model, for: wish, at: now, &actions) {
                        blocked |= 1 << device
                        devices[device].overtaken = wish.elder
                    }
                }
            }
        }
    }

    /// A lane whose tickets wait for a model.
    struct Wish {
        let lane: Int
        /// The class of its first ticket, and that class in the order.
        let own: Int
        let rank: Int
        /// The ticket of that order that has waited longest.
        let elder: TicketID
        /// Until when others may overtake it.
        let overtakingEnds: MonotonicTime
        /// Whether it was overtaken for as long as it may be.
        let isOverdue: Bool
        let standing: Standing

        /// Who was overtaken long enough goes by age, so that two of them never undo each other's
        /// work; the others by their keys' shares.
        func precedes(_ other: Wish) -> Bool {
            if rank != other.rank { return rank > other.rank }
            if isOverdue != other.isOverdue { return isOverdue }
            return isOverdue ? elder < other.elder : standing < other.standing
        }
    }

    /// What waits for memory or for a load, in order.
    private func wishes(at now: MonotonicTime) -> [Wish] {
        var wishes: [Wish] = []
        for lane in waitingLanes where !isThere(lane) {
            guard let (place, rank) = head(of: lane), let elder = elder(of: lane, rank) else {
                continue
            }
            let overtakingEnds = overtakingEnd(of: lane, elder)
            wishes.append(
                Wish(
                    lane: lane,
                    own: tickets[place].ticketClass.rank,
                    rank: rank,
                    elder: tickets[elder].id,
                    overtakingEnds: overtakingEnds,
                    isOverdue: now >= overtakingEnds,
                    standing: standing(ofFlow: lanes[lane].heaps[rank][0])
                )
            )
        }
        return wishes.count > 1 ? wishes.sorted { $0.precedes($1) } : wishes
    }

    /// Until when others may overtake the tickets of a lane, of which the elder came first.
    func overtakingEnd(of lane: Int, _ elder: Int) -> MonotonicTime {
        let device = devices[lanes[lane].devices[0]].description
        return tickets[elder].asked + device.maximumOvertaking
    }

    private func isThere(_ lane: Int) -> Bool {
        for model in lanes[lane].models where !residencies[model].isReady { return false }
        return true
    }

    /// The ticket of a lane and rank that came first.
    func elder(of lane: Int, _ rank: Int) -> Int? {
        lanes[lane].heaps[rank].map { flows[$0].head }
            .min { tickets[$0].id < tickets[$1].id }
    }

    /// Sets memory aside for a model, or starts to make room; returns whether it has the memory.
    private mutating func reserve(
        _ model: Int,
        for wish: Wish,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) -> Bool {
        let device = residencies[model].device
        let need = residencies[model].model.footprint
        let budget = devices[device].description.budget
        if budget - devices[device].used < need {
            makeRoom(for: model, wish, at: now, &actions)
        }
        // A victim that had not been launched has given its memory back at once.
        guard budget - devices[device].used >= need else { return false }
        residencies[model].state = .admitted
        residencies[model].admittedBytes = need
        residencies[model].isGuessed = residencies[model].model.loadTime == nil
        residencies[model].unloadsWhenIdle = false
        setBytes(of: model, need)
        coming.append(model)
        return true
    }

    /// Bytes of models whose engines are being ended.
    func leaving(_ device: Int) -> Int {
        devices[device].models.reduce(0) {
            $0 + (residencies[$1].isDraining ? residencies[$1].bytes : 0)
        }
    }

    mutating func setBytes(of model: Int, _ bytes: Int) {
        devices[residencies[model].device].used += bytes - residencies[model].bytes
        residencies[model].bytes = bytes
    }

    /// Ends a residency; its memory counts until the engine is gone.
    ///
    /// - Parameter failure: What its engine did wrong; nil when it leaves for others.
    mutating func evict(
        _ model: Int,
        for failure: String? = nil,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        residencies[model].unloadsWhenIdle = false
        residencies[model].isClosing = false
        residencies[model].loadWatch.run(false, at: now.nanoseconds)
        residencies[model].lingerWatch.run(false, at: now.nanoseconds)
        switch residencies[model].state {
        case .absent, .draining: break
        case .admitted: renounce(model)
        case .loading(let generation), .ready(let generation):
            if residencies[model].isLoading { leaveLoading(model) }
            residencies[model].state = .draining(generation)
            let name = residencies[model].model.name
            actions.append(
                failure.map { .kill(model: name, generation, reason: $0) }
                    ?? .evict(model: name, generation)
            )
        }
    }

    /// An engine loads no more, however that came about.
    mutating func leaveLoading(_ model: Int) {
        coming.remove(model)
        devices[residencies[model].device].inside -= 1
        devices[residencies[model].device].loading -= 1
    }

    /// Memory set aside for a ticket that has gone is free again; a load that runs is finished.
    private mutating func forgetUnwanted() {
        for model in coming
        where residencies[model].state == .admitted && !residencies[model].isNeeded {
            renounce(model)
        }
    }

    /// Gives back the memory that was set aside for a model whose engine was not started.
    private mutating func renounce(_ model: Int) {
        residencies[model].state = .absent
        setBytes(of: model, 0)
        coming.remove(model)
    }
}
