internal import DeviceProtocol
internal import POSIX

/// Who makes room: the models that cost least to do without, and never against a class's right.
extension Scheduler {
    /// Whether a model may be evicted for a ticket.
    private enum Right {
        /// At once.
        case now
        /// As soon as its busy tickets have finished; it takes no more until then.
        case whenFree
        /// Not before this moment, unless something happens.
        case after(Int64)
        case no
    }

    /// Starts to make room for a model; the memory is there when the victims' engines are gone.
    mutating func makeRoom(
        for model: Int,
        _ wish: Wish,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        let device = residencies[model].device
        let free = devices[device].description.budget - devices[device].used
        let short = residencies[model].model.footprint - free - leaving(device)
        guard short > 0 else { return }
        var victims: [Int] = []
        var closing: [Int] = []
        for other in devices[device].models where !lanes[wish.lane].models.contains(other) {
            switch right(toEvict: other, for: wish, model, at: now) {
            case .now: victims.append(other)
            case .whenFree: closing.append(other)
            case .after(let moment): due = min(due, moment)
            case .no: break
            }
        }
        if let chosen = cheapest(victims, freeing: short, at: now) {
            if residencies[model].wasDisplaced {
                devices[device].lastSwap = now
                counts.swaps += 1
            }
            for victim in chosen { displace(victim, at: now, &actions) }
        } else if let chosen = cheapest(victims + closing, freeing: short, at: now) {
            for other in chosen where residencies[other].isReady {
                residencies[other].isClosing = true
                self.closing.append(other)
            }
        }
    }

    private mutating func displace(
        _ model: Int,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        for place in busyTickets(on: model) {
            counts.preemptions += 1
            requeue(place, at: now, &actions)
        }
        residencies[model].wasDisplaced = true
        counts.evictions += 1
        evict(model, at: now, &actions)
    }

    // MARK: Rights

    private func right(
        toEvict other: Int,
        for wish: Wish,
        _ model: Int,
        at now: MonotonicTime
    ) -> Right {
        let residency = residencies[other]
        guard !residency.isPinned, residency.isReady || residency.isComing else { return .no }
        let own = wish.own
        let waiting = firstWaiting(for: other)
        if residency.isComing { return (waiting?.rank ?? -1) < own ? .now : .no }
        if let waiting {
            // Whoever is above it goes first. Equals do for a time, because their model is there;
            // after that those alone that came earlier.
            if waiting.rank > wish.rank { return .no }
            if waiting.rank == wish.rank {
                if !wish.isOverdue { return .after(wish.overtakingEnds.nanoseconds) }
                if waiting.id < wish.elder { return .no }
            }
        }
        if residency.busy > 0 {
            let highest = busyTickets(on: other).map { tickets[$0].ticketClass.rank }.max() ?? 0
            if highest >= own {
                if !wish.isOverdue { return .after(wish.overtakingEnds.nanoseconds) }
                return highest <= wish.rank ? .whenFree : .no
            }
        }
        if residency.usedRank > wish.rank {
            let end = residency.lastUsed + patience(before: model, replaces: other)
            if end > now { return .after(end.nanoseconds) }
        }
        // A model that only lower classes have used does not hold up a higher one.
        let gate = residency.usedRank < own ? now : swapGate(for: model)
        return gate <= now ? .now : .after(gate.nanoseconds)
    }

    /// The highest class of those that wait for a model, and who of the first ones came earliest.
    private func firstWaiting(for model: Int) -> (rank: Int, id: TicketID)? {
        var first: (rank: Int, id: TicketID)?
        for lane in residencies[model].lanes {
            guard let (_, rank) = head(of: lane), let elder = elder(of: lane, rank) else {
                continue
            }
            let id = tickets[elder].id
            if let known = first, (known.rank, id) > (rank, known.id) { continue }
            first = (rank, id)
        }
        return first
    }

    /// Invariant 6: when a model that had to go may come back at the cost of another.
    private func swapGate(for model: Int) -> MonotonicTime {
        let residency = residencies[model]
        guard residency.wasDisplaced, let last = devices[residency.device].lastSwap else {
            return MonotonicTime(nanoseconds: 0)
        }
        return last + worth(of: residency.model.loadTime, on: residency.device)
    }

    /// How long a model stays after its last use by a higher class than the one that wants its place.
    ///
    /// That class would be held up by nothing: it would throw the other out again at once. Waiting as
    /// long as four such exchanges take is never much worse than knowing when it comes.
    private func patience(before model: Int, replaces other: Int) -> Duration {
        var exchange: Duration?
        if let ours = residencies[model].model.loadTime,
            let theirs = residencies[other].model.loadTime
        {
            exchange = ours + theirs
        }
        return worth(of: exchange, on: residencies[other].device)
    }

    /// How long the memory of a device stays as it is for what a change of it takes: four times that,
    /// and at most its minimum residency.
    private func worth(of cost: Duration?, on device: Int) -> Duration {
        let limit = devices[device].description.minimumResidency
        return cost.map { min(limit, $0 * 4) } ?? limit
    }

    // MARK: Cost

    /// Models that free enough together and cost little to do without; nil when all do not suffice.
    ///
    /// Unused models go before wanted ones, and those before models in use.
    private func cheapest(_ models: [Int], freeing short: Int, at now: MonotonicTime) -> [Int]? {
        func order(_ model: Int) -> (Int, Double, Int64) {
            let residency = residencies[model]
            let need = residency.busy > 0 ? 2 : residency.waiting > 0 ? 1 : 0
            return (need, residency.evictionCost(at: now), residency.lastUsed.nanoseconds)
        }
        var freed = 0
        var chosen: [Int] = []
        for model in models.map({ ($0, order($0)) }).sorted(by: { $0.1 < $1.1 }).map(\.0)
        where freed < short {
            freed += residencies[model].bytes
            chosen.append(model)
        }
        guard freed >= short else { return nil }
        // The last one may be so large that earlier ones need not go.
        for model in chosen.reversed() where freed - residencies[model].bytes >= short {
            freed -= residencies[model].bytes
            chosen.remove(model)
        }
        return chosen
    }
}
