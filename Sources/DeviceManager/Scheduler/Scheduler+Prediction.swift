internal import DeviceProtocol
internal import POSIX

/// How long a ticket will wait, from what tickets like those before it have held.
///
/// Of each the 0.9 quantile counts, bounded by the work it declared. Nothing is predicted from
/// models of which nothing is known.
extension Scheduler {
    /// Foresees a new ticket's held time and wait.
    mutating func predict(_ place: Int, at now: MonotonicTime) {
        let lane = tickets[place].lane
        guard !lanes[lane].isForLoading else { return }
        var held: Int64 = 0
        var slots = Int.max
        for model in lanes[lane].models {
            slots = min(slots, residencies[model].model.slots)
            var foreseen = residencies[model].model.heldTimes.quantile ?? 0
            if let work = tickets[place].work, let unit = residencies[model].heldPerUnit.quantile {
                let bound = unit.multipliedReportingOverflow(by: Int64(work))
                if !bound.overflow { foreseen = min(foreseen, bound.partialValue) }
            }
            held = max(held, foreseen)
        }
        let places = devices[lanes[lane].devices[0]].places
        tickets[place].predicted = held
        tickets[place].cost = held / Int64(min(slots, 1024) * max(places, 1))
        if tickets[place].deadline != nil || limits.predictsAlways {
            tickets[place].predictedWait = wait(of: place, at: now).map { .nanoseconds($0) }
        }
    }

    /// Nanoseconds until a ticket that is not in the queue yet will be granted.
    private func wait(of place: Int, at now: MonotonicTime) -> Int64? {
        let ticket = tickets[place]
        let models = lanes[ticket.lane].models
        guard models.allSatisfy({ residencies[$0].model.heldTimes.quantile != nil }) else {
            return nil
        }
        guard let loading = loadingTime(of: models, at: now) else { return nil }
        return loading + workAhead(of: place) + remainder(before: place, at: now)
    }

    /// What the models that are not there take to load; nil when they were never loaded.
    private func loadingTime(of models: NumberList, at now: MonotonicTime) -> Int64? {
        var total: Int64 = 0
        for model in models where !residencies[model].isReady {
            guard let time = residencies[model].model.loadTime else { return nil }
            let isLoading = residencies[model].isLoading
            let spent = isLoading ? residencies[model].loadWatch.passed(at: now.nanoseconds) : 0
            total += max(time.nanoseconds - spent, 0)
        }
        return total
    }

    /// What tickets that are granted before it will hold: all of higher classes; of its own class
    /// each key as much as its own key gets meanwhile.
    private func workAhead(of place: Int) -> Int64 {
        let ticket = tickets[place]
        let device = lanes[ticket.lane].devices[0]
        let level = shares.level(device, ticket.rank)
        var total: Int64 = 0
        for rank in (ticket.rank + 1)..<3 where rank < 3 {
            total += shares.levels[shares.level(device, rank)].backlog
        }
        let root = shares.keys[ticket.key].root
        let own = shares[root, level].backlog
        total += own
        guard shares.levels[level].backlog > own else { return total }
        let mine = (own + ticket.cost) * 100 / shares.keys[root].weight
        for lane in waitingLanes where lanes[lane].devices[0] == device {
            for flow in lanes[lane].heaps[ticket.rank] where flows[flow].root != root {
                let (key, other) = (flows[flow].key, flows[flow].root)
                let fair = mine * shares.keys[other].weight / 100
                total += min(shares[key, level].backlog, fair)
            }
        }
        return total
    }

    /// What tickets that are granted already will go on to hold, if it cannot be granted beside them.
    private func remainder(before place: Int, at now: MonotonicTime) -> Int64 {
        let ticket = tickets[place]
        var longest: Int64 = 0
        for model in lanes[ticket.lane].models {
            let residency = residencies[model]
            guard residency.busy >= residency.model.slots else { continue }
            let ends = busyTickets(on: model).map { remainder(of: $0, at: now) }
            longest = max(longest, ends.min() ?? 0)
        }
        for number in lanes[ticket.lane].devices {
            let device = devices[number]
            guard !device.stops, device.inside >= device.places else { continue }
            let inside = busyLanes.filter { lanes[$0].devices.contains(number) }
                .flatMap { lanes[$0].busy }
            longest = max(longest, inside.map { remainder(of: $0, at: now) }.min() ?? 0)
        }
        return longest
    }

    private func remainder(of place: Int, at now: MonotonicTime) -> Int64 {
        max(tickets[place].predicted - tickets[place].heldNanoseconds(at: now), 0)
    }

    /// When one of the tickets that wait for these models will have gone.
    func timeToAPlace(on models: NumberList) -> Duration {
        let costs = models.map { model -> Int64 in
            let residency = residencies[model]
            let held = residency.model.heldTimes.quantile ?? 0
            return held / Int64(max(residency.model.slots, 1))
        }
        // A second is what HTTP can say at least, and what is said when nothing is known.
        return max(.nanoseconds(costs.max() ?? 0), .seconds(1))
    }
}
