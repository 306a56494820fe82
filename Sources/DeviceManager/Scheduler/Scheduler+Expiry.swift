internal import DeviceProtocol
internal import POSIX

/// What time ends, and when that happens next.
extension Scheduler {
    mutating func expire(at now: MonotonicTime, _ actions: inout [Action]) {
        expireDeadlines(at: now, &actions)
        liftAged(at: now)
        if now.nanoseconds >= modelsDue { expireModels(at: now, &actions) }
        due = min(due, modelsDue)
    }

    private mutating func expireDeadlines(at now: MonotonicTime, _ actions: inout [Action]) {
        while let first = deadlines.first, first.moment <= now.nanoseconds {
            deadlines.removeFirst()
            guard let place = place(of: first.ticket), tickets[place].state == .waiting else {
                continue
            }
            let refusal = Refusal(.expired, "the deadline passed in the queue")
            reject(first.ticket, refusal, at: now, &actions)
        }
        if deadlines.count > 64, deadlines.count > 4 * liveCount {
            let tickets = tickets
            deadlines.keep {
                tickets[$0.ticket.place].isLive && tickets[$0.ticket.place].id == $0.ticket
            }
        }
        if let first = deadlines.first { due = min(due, first.moment) }
    }

    /// Invariant 4: nothing starves.
    private mutating func liftAged(at now: MonotonicTime) {
        for rank in 0..<2 where ageing[rank] < .max {
            while ages[rank].oldest >= 0 {
                let place = ages[rank].oldest
                let moment = tickets[place].since + ageing[rank]
                guard moment <= now.nanoseconds else {
                    due = min(due, moment)
                    break
                }
                lift(place, at: now)
            }
        }
    }

    private mutating func expireModels(at now: MonotonicTime, _ actions: inout [Action]) {
        var next = Int64.max
        // Whatever ends here may set another moment.
        modelsDue = .max
        /// Whether a moment has come; one that has not is waited for.
        func isOver(_ end: Int64?) -> Bool {
            guard let end else { return false }
            if end > now.nanoseconds { next = min(next, end) }
            return end <= now.nanoseconds
        }
        for model in residencies.indices {
            if isOver(residencies[model].notBefore?.nanoseconds) {
                residencies[model].notBefore = nil
            }
            if isOver(loadEnd(of: model)) {
                let reason = "loading took longer than \(residencies[model].model.loadTimeout)"
                fail(model, reason, isLoading: true, at: now, &actions)
            }
            if isOver(lingeringEnd(of: model)) { endLingering(model, at: now, &actions) }
            if isOver(yieldEnd(of: model)) { endUnyielding(model, at: now, &actions) }
            next = min(next, endLongHeld(on: model, at: now, &actions))
            if isOver(residencyEnd(of: model)) { evict(model, at: now, &actions) }
        }
        modelsDue = min(modelsDue, next)
    }

    /// Waits for the end of a load, or of work that was called off, which begins or goes on now; `expire`
    /// has had its turn in this decision.
    mutating func expect(endOf model: Int) {
        modelsDue = min(modelsDue, loadEnd(of: model) ?? .max, lingeringEnd(of: model) ?? .max)
        due = min(due, modelsDue)
    }

    /// When a load that runs now will have taken too long.
    private func loadEnd(of model: Int) -> Int64? {
        let residency = residencies[model]
        return residency.isLoading ? residency.loadWatch.end(of: residency.loadTimeout) : nil
    }

    /// Looks again at a model that may have nothing to do any more, when its time comes.
    mutating func noteIdle(_ model: Int) {
        if let end = residencyEnd(of: model) { modelsDue = min(modelsDue, end) }
    }

    /// When a resident model that nobody uses is to go.
    private func residencyEnd(of model: Int) -> Int64? {
        guard residencies[model].isReady else { return nil }
        let last = residencies[model].lastUsed.nanoseconds
        // An outsider's process ends with its ticket, and without a ticket none will begin.
        if residencies[model].model.isOutside, residencies[model].busy == 0,
            residencies[model].hasProcess || residencies[model].waiting == 0
        {
            return last
        }
        guard !residencies[model].isNeeded else { return nil }
        if residencies[model].unloadsWhenIdle || isDraining { return last }
        guard !residencies[model].isPinned, let keepAlive = residencies[model].keepAlive else {
            return nil
        }
        return last + keepAlive
    }

    /// Ends tickets that have had their models for longer than any may.
    ///
    /// - Returns: When the next one of those that run now will have.
    private mutating func endLongHeld(
        on model: Int,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) -> Int64 {
        guard residencies[model].busy > 0 else { return .max }
        let limit = residencies[model].maximumHeld
        var next = Int64.max
        for place in busyTickets(on: model) where tickets[place].run != nil {
            let left = limit - tickets[place].heldNanoseconds(at: now)
            if left > 0 {
                next = min(next, now.nanoseconds + left)
                continue
            }
            let name = residencies[model].model.name
            let span = residencies[model].model.maximumHeld
            let refusal = Refusal(.heldTooLong, "'\(name)' may be held for \(span) at a time")
            reject(tickets[place].id, refusal, at: now, &actions)
        }
        return next
    }
}
