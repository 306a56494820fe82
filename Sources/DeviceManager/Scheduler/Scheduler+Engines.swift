internal import DeviceProtocol
package import POSIX

/// Why an engine ended.
package enum EngineEnd: Sendable, Hashable {
    /// It could not be started, or refused the model.
    case loadFailed(String)
    /// It ended by itself.
    case failed(String)
}

/// What the shell reports of engines.
extension Scheduler {
    /// An engine has loaded its model.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The engine's life; an old one is ignored.
    ///   - bytes: What it takes, measured; nil when that is unknown.
    ///   - now: The present moment.
    package mutating func engineReady(
        _ name: String,
        _ generation: Generation,
        bytes: Int?,
        at now: MonotonicTime
    ) -> [Action] {
        guard let model = number(of: name), residencies[model].state == .loading(generation) else {
            return []
        }
        residencies[model].loadWatch.run(false, at: now.nanoseconds)
        let passed = residencies[model].loadWatch.passed(at: now.nanoseconds)
        let held = Duration.nanoseconds(passed)
        residencies[model].model.loadTime = held
        for lane in residencies[model].lanes { tellLoading(held, in: lane, at: now) }
        leaveLoading(model)
        residencies[model].state = .ready(generation)
        residencies[model].wasDisplaced = false
        residencies[model].lastUsed = now
        residencies[model].loads += 1
        residencies[model].unanswered = 0
        modelsDue = 0
        if let bytes { return measured(name, generation, bytes: bytes, at: now) }
        return decide(at: now)
    }

    /// Tells every ticket that waits in a lane how much of its wait was the load that has ended.
    private mutating func tellLoading(_ held: Duration, in lane: Int, at now: MonotonicTime) {
        for flow in lanes[lane].heaps.joined() {
            var place = flows[flow].head
            while place >= 0 {
                tickets[place].loading += min(held, now - tickets[place].asked)
                place = tickets[place].next
            }
        }
    }

    /// An engine's process is gone and its memory is back.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The engine's life; an old one is ignored.
    ///   - end: Why it ended, if it was not evicted.
    ///   - now: The present moment.
    package mutating func engineGone(
        _ name: String,
        _ generation: Generation,
        _ end: EngineEnd,
        at now: MonotonicTime
    ) -> [Action] {
        guard let model = number(of: name), residencies[model].generation == generation else {
            return []
        }
        var actions: [Action] = []
        if !residencies[model].isDraining {
            let (reason, isLoading) =
                switch end {
                case .loadFailed(let reason): (reason, true)
                case .failed(let reason): (reason, !residencies[model].isReady)
                }
            fail(model, reason, isLoading: isLoading, at: now, &actions)
        }
        forgetLingering(model)
        residencies[model].state = .absent
        setBytes(of: model, 0)
        if residencies[model].isStopped { stopped.remove(model) }
        residencies[model].isStopped = false
        residencies[model].isYielding = false
        residencies[model].hasProcess = false
        residencies[model].unloadsWhenIdle = false
        modelsDue = 0
        // The end that `fail` asked for is moot: the engine is gone already.
        actions.removeAll { action in
            if case .kill(_, generation, _) = action { true } else { false }
        }
        return actions + decide(at: now)
    }

    /// What an engine takes was measured.
    ///
    /// - Parameters:
    ///   - name: The model.
    ///   - generation: The engine's life; an old one is ignored.
    ///   - bytes: Anonymous and mapped memory.
    ///   - now: The present moment.
    package mutating func measured(
        _ name: String,
        _ generation: Generation,
        bytes: Int,
        at now: MonotonicTime
    ) -> [Action] {
        guard let model = number(of: name), residencies[model].state == .ready(generation) else {
            return []
        }
        setBytes(of: model, bytes)
        residencies[model].model.footprint = bytes
        var actions: [Action] = []
        answerGrowth(on: residencies[model].device, at: now, &actions)
        return actions + decide(at: now)
    }

    /// An engine failed: its tickets try once more or end, and it pauses before the next start.
    mutating func fail(
        _ model: Int,
        _ reason: String,
        isLoading: Bool = false,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        let name = residencies[model].model.name
        let failures = residencies[model].failures + 1
        let pause = backOff(after: failures, isLoading: isLoading)
        residencies[model].failures = failures
        residencies[model].lastFailure = reason
        residencies[model].notBefore = pause > .zero ? now + pause : nil
        let code: DeviceErrorCode = isLoading ? .loadFailed : .engineFailed
        let refusal = Refusal(code, "'\(name)': \(reason)", retryAfter: max(pause, .seconds(1)))
        for ticket in users(of: model) {
            let mayRestart =
                !isLoading && !residencies[model].model.isOutside
                && ticket.restarts < limits.restarts && pause == .zero
            if ticket.state == .busy && mayRestart {
                tickets[ticket.id.place].restarts += 1
                requeue(ticket.id.place, at: now, &actions)
            } else if ticket.state == .busy || pause > .zero {
                reject(ticket.id, refusal, at: now, &actions)
            }
        }
        evict(model, for: reason, at: now, &actions)
        modelsDue = 0
    }

    /// Busy and waiting tickets that name a model, in order of their classes and arrival.
    private func users(of model: Int) -> [Ticket] {
        let all = liveTickets.filter { ticket in
            ticket.state != .idle && lanes[ticket.lane].models.contains(model)
        }
        return all.sorted { left, right in
            if left.ticketClass != right.ticketClass { return left.ticketClass > right.ticketClass }
            return left.id < right.id
        }
    }

    /// No pause after a first crash, so that one accident costs one retry; then 1 s, doubling.
    private func backOff(after failures: Int, isLoading: Bool) -> Duration {
        let step = isLoading ? failures : failures - 1
        guard step > 0 else { return .zero }
        let pause = Duration.seconds(1 << min(step - 1, 16))
        return min(pause, limits.longestBackOff)
    }
}
