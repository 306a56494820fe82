internal import DeviceProtocol
internal import POSIX

/// What tickets have while they are granted: models, held time, and a part of their key's share.
extension Scheduler {
    /// Gives a ticket its models; whether it runs is seen when engines have been stopped and resumed.
    mutating func takeModels(_ place: Int, at now: MonotonicTime) {
        let lane = tickets[place].lane
        let device = lanes[lane].devices[0]
        shares.serve(tickets[place].key, shares.level(device, tickets[place].rank))
        dequeue(place)
        tickets[place].state = .busy
        tickets[place].heldAtGrant = tickets[place].heldBefore
        // Until it is known what it uses, a turn is written down for it: a key with many tickets
        // would have them all granted otherwise before the first of them has cost anything.
        let quantum = devices[device].quantum
        let reserve = min(tickets[place].predicted, quantum)
        tickets[place].reserved = reserve
        charge(place, reserve)
        if lanes[lane].busy.isEmpty {
            busyLanes.append(lane)
            lanes[lane].since = now.nanoseconds
        }
        lanes[lane].busy.append(place)
        for model in lanes[lane].models {
            if residencies[model].busy == 0 {
                residencies[model].turnEnds = now.nanoseconds + quantum
                // One that is stopped has its turn when it is resumed.
                if !residencies[model].isStopped { residencies[model].turns += 1 }
            }
            residencies[model].busy += 1
            if residencies[model].model.isOutside { residencies[model].hasProcess = true }
            residencies[model].usedRank = max(
                residencies[model].usedRank,
                tickets[place].ticketClass.rank
            )
        }
        for device in lanes[lane].devices { devices[device].inside += 1 }
    }

    /// Takes the models from a ticket that is busy.
    mutating func leaveModels(_ place: Int, at now: MonotonicTime) {
        let lane = tickets[place].lane
        guard !lanes[lane].isForLoading else { return }
        pause(place, at: now)
        // What was written down and not used is given back.
        charge(place, -tickets[place].reserved)
        tickets[place].reserved = 0
        let device = lanes[lane].devices[0]
        shares.leave(shares.level(device, tickets[place].rank))
        if let index = lanes[lane].busy.firstIndex(of: place) { lanes[lane].busy.remove(at: index) }
        if lanes[lane].busy.isEmpty { busyLanes.remove(lane) }
        for model in lanes[lane].models {
            residencies[model].busy -= 1
            noteIdle(model)
        }
        for device in lanes[lane].devices { devices[device].inside -= 1 }
    }

    /// Queues a busy ticket again.
    mutating func requeue(_ place: Int, at now: MonotonicTime, _ actions: inout [Action]) {
        leaveModels(place, at: now)
        wait(place, at: now)
        actions.append(.requeue(tickets[place].id))
    }

    /// Notes that a busy ticket's models were in use until now, and how long it had them.
    mutating func touch(_ place: Int, isProof: Bool = true, at now: MonotonicTime) {
        let held = tickets[place].heldNanoseconds(at: now)
        for model in lanes[tickets[place].lane].models {
            residencies[model].use(at: now)
            guard isProof else { continue }
            // Work that was finished proves the engine.
            residencies[model].failures = 0
            guard held > 0 else { continue }
            residencies[model].model.heldTimes.record(held)
            if let work = tickets[place].work, work > 0 {
                residencies[model].heldPerUnit.record(held / Int64(work))
            }
        }
    }

    // MARK: Running

    /// Counts held time from now on, if the ticket's engines run.
    mutating func run(_ place: Int, at now: MonotonicTime) {
        let lane = tickets[place].lane
        guard tickets[place].run == nil else { return }
        for model in lanes[lane].models {
            if residencies[model].isStopped { return }
            let end = now.nanoseconds + residencies[model].maximumHeld - tickets[place].heldBefore
            modelsDue = min(modelsDue, end)
        }
        let device = lanes[lane].devices[0]
        devices[device].settle(at: now.nanoseconds)
        devices[device].running += 1
        tickets[place].run = (now.nanoseconds, devices[device].clock)
    }

    /// Counts no more held time, and charges the key for what was used.
    mutating func pause(_ place: Int, at now: MonotonicTime) {
        guard let run = tickets[place].run else { return }
        let device = lanes[tickets[place].lane].devices[0]
        devices[device].settle(at: now.nanoseconds)
        devices[device].running -= 1
        tickets[place].run = nil
        tickets[place].heldBefore += now.nanoseconds - run.since
        let used = devices[device].clock - run.clock
        let foreseen = min(used, tickets[place].reserved)
        tickets[place].reserved -= foreseen
        charge(place, used - foreseen)
    }

    /// Calls for every busy ticket of a model.
    func busyTickets(on model: Int) -> [Int] {
        residencies[model].lanes.flatMap { lanes[$0].busy }
    }
}
