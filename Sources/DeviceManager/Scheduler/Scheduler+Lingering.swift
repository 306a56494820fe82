package import POSIX

/// Work that goes on although it was called off: its engine ends it after its present step, or never.
///
/// Such an engine has a place on its device only while nobody else wants it; on a `stopProcess` device
/// it is stopped like any other that lost the baton. It may go on for as long as loading the model again
/// would take: whoever waits that long and ends it then never loses more than twice what would have
/// been best.
extension Scheduler {
    /// An engine that cannot be loaded faster than this is not ended sooner.
    private static let leastPatience = Int64(1_000_000_000)

    /// Work of a ticket was called off, and its engine has not said that it is over.
    ///
    /// Decides nothing: call it before the ticket's end is told, or let `tick` follow at once.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The engine's life; an old one is ignored.
    ///   - now: The present moment.
    package mutating func lingers(_ name: String, _ generation: Generation, at now: MonotonicTime) {
        guard let model = number(of: name), residencies[model].state == .ready(generation) else {
            return
        }
        residencies[model].lingering += 1
        if !devices[residencies[model].device].stops {
            devices[residencies[model].device].inside += 1
        }
        guard residencies[model].lingering == 1 else { return }
        lingering.append(model)
        residencies[model].lingerWatch.run(!residencies[model].isStopped, at: now.nanoseconds)
        modelsDue = 0
        // Whoever got the device at the same moment must not have it together with this one.
        due = min(due, now.nanoseconds)
    }

    /// An engine has ended work that was called off.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The engine's life; an old one is ignored.
    ///   - now: The present moment.
    package mutating func settled(
        _ name: String,
        _ generation: Generation,
        at now: MonotonicTime
    ) -> [Action] {
        guard let model = number(of: name), residencies[model].generation == generation,
            residencies[model].lingering > 0
        else { return [] }
        forgetLingering(model, count: 1)
        return decide(at: now)
    }

    /// The engine of a model is gone, and with it what it went on with.
    mutating func forgetLingering(_ model: Int, count: Int? = nil) {
        let count = count ?? residencies[model].lingering
        guard count > 0 else { return }
        residencies[model].lingering -= count
        if !devices[residencies[model].device].stops {
            devices[residencies[model].device].inside -= count
        }
        guard residencies[model].lingering == 0 else { return }
        residencies[model].lingerWatch = Stopwatch()
        lingering.remove(model)
    }

    /// What is left of the places goes to engines that have not noticed yet; the others stop.
    mutating func placeLingering() {
        for model in lingering where !residencies[model].isChosen {
            let device = residencies[model].device
            guard devices[device].stops, devices[device].taken < devices[device].places else {
                continue
            }
            take(model)
        }
    }

    /// When an engine will have gone on for too long with work that was called off.
    func lingeringEnd(of model: Int) -> Int64? {
        let patience = residencies[model].model.loadTime?.nanoseconds ?? 0
        return residencies[model].lingerWatch.end(of: max(patience, Self.leastPatience))
    }

    /// Ends an engine that went on for too long; its other tickets wait for the next one.
    ///
    /// It is no failure: a client that leaves must not bring a model into disrepute.
    mutating func endLingering(_ model: Int, at now: MonotonicTime, _ actions: inout [Action]) {
        for place in busyTickets(on: model) { requeue(place, at: now, &actions) }
        counts.abandoned += 1
        evict(model, at: now, &actions)
    }
}
