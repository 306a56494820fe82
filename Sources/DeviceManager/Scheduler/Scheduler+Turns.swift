internal import DeviceProtocol
internal import POSIX

/// The baton: which engines run, and which tickets are granted.
extension Scheduler {
    mutating func takeTurns(at now: MonotonicTime, _ actions: inout [Action]) {
        grantLoads(at: now, &actions)
        beginDecision(at: now)
        // Who has a device keeps it while nobody else wants it.
        guard isAnybodyElseThere else { return }
        placeOutsiders()
        for index in busyLanes.indices { chargeIfOver(busyLanes[index], at: now) }
        collectClaims(at: now)
        var launches: [Int] = []
        var index = 0
        while index < claims.count {
            consider(index, at: now, &launches, &actions)
            index += 1
        }
        placeLingering()
        // Stops come first, confirmed one by one: nothing may start while the old holder runs.
        for lane in busyLanes {
            for model in lanes[lane].models { stopUnlessChosen(model, at: now, &actions) }
        }
        for model in coming { stopUnlessChosen(model, at: now, &actions) }
        for model in lingering { stopUnlessChosen(model, at: now, &actions) }
        for model in stopped.count > 1 ? stopped.sorted() : stopped {
            resumeIfChosen(model, at: now, &actions)
        }
        for model in launches {
            guard let generation = residencies[model].generation else { continue }
            actions.append(.launch(model: residencies[model].model.name, generation))
        }
        for index in granted.indices {
            run(granted[index], at: now)
            actions.append(.grant(tickets[granted[index]].id))
        }
        granted.removeAll(keepingCapacity: true)
        endDecision(at: now)
    }

    /// Whether anything wants a device beside the tickets that have one.
    var isAnybodyElseThere: Bool {
        !(waitingLanes.isEmpty && stopped.isEmpty && coming.isEmpty && lingering.isEmpty)
    }

    /// Tickets that only want their models resident need no turn.
    private mutating func grantLoads(at now: MonotonicTime, _ actions: inout [Action]) {
        var index = waitingLanes.count
        while index > 0 {
            index -= 1
            let lane = waitingLanes[index]
            guard lanes[lane].isForLoading, isServed(lane) else { continue }
            while let (place, _) = head(of: lane) {
                dequeue(place)
                tickets[place].state = .busy
                actions.append(.grant(tickets[place].id))
            }
        }
    }

    // MARK: The frame of a decision

    private mutating func beginDecision(at now: MonotonicTime) {
        for index in devices.indices {
            devices[index].taken = 0
            devices[index].isBlocked = false
            devices[index].lastRank = .min
            devices[index].settleDebts(at: now.nanoseconds)
            devices[index].isContended = false
        }
        for device in devices.indices { (devices[device].held, devices[device].wanted) = (0, 0) }
    }

    /// Before equals are compared, what those have used whose turn is over is written down.
    private mutating func chargeIfOver(_ lane: Int, at now: MonotonicTime) {
        guard devices[lanes[lane].devices[0]].stops, isTurnOver(lane, at: now) else { return }
        for index in lanes[lane].busy.indices {
            let place = lanes[lane].busy[index]
            guard tickets[place].run != nil else { continue }
            pause(place, at: now)
            run(place, at: now)
        }
    }

    private mutating func endDecision(at now: MonotonicTime) {
        for device in devices.indices {
            due = min(due, devices[device].debtsDue(at: now.nanoseconds))
        }
        for index in chosen.indices {
            let model = chosen[index]
            let device = residencies[model].device
            residencies[model].isChosen = false
            guard devices[device].isContended else { continue }
            if residencies[model].turnEnds <= now.nanoseconds {
                residencies[model].turnEnds = now.nanoseconds + devices[device].quantum
            }
            due = min(due, residencies[model].turnEnds)
        }
        chosen.removeAll(keepingCapacity: true)
    }

    // MARK: Choosing

    private mutating func consider(
        _ index: Int,
        at now: MonotonicTime,
        _ launches: inout [Int],
        _ actions: inout [Action]
    ) {
        let claim = claims[index]
        switch claim.kind {
        case .busy:
            // Its last ticket may just have lost its slot.
            guard !lanes[claim.subject].busy.isEmpty else { return }
            settle(claim, lanes[claim.subject].devices, hasPlace: choose(claim, isNew: false))
        case .load:
            let isNew = residencies[claim.subject].state == .admitted
            let hasPlace = choose(claim, isNew: isNew)
            settle(claim, residencies[claim.subject].device, hasPlace: hasPlace)
            if hasPlace, isNew {
                beginLoading(claim.subject, at: now)
                launches.append(claim.subject)
            }
        case .head:
            let lane = claim.subject
            guard let flow = lanes[lane].heaps[claim.rank].first else { return }
            let place = flows[flow].head
            guard let victims = victims(in: lane, for: place, at: now) else { return }
            let hasPlace = choose(claim, isNew: true)
            settle(claim, lanes[lane].devices, hasPlace: hasPlace)
            guard hasPlace else { return }
            for victim in victims {
                counts.preemptions += 1
                tickets[victim].preemptions += 1
                requeue(victim, at: now, &actions)
            }
            for device in lanes[lane].devices { countOvertaking(place, on: device) }
            takeModels(place, at: now)
            granted.append(place)
            if let (_, rank) = next(of: lane) {
                insert(headClaim(of: lane, rank), after: index + 1)
            }
        }
    }

    private mutating func countOvertaking(_ place: Int, on device: Int) {
        guard let overtaken = devices[device].overtaken, overtaken < tickets[place].id else {
            return
        }
        counts.overtakings += 1
    }

    /// Takes places for a claim if there are enough on all of its devices.
    private mutating func choose(_ claim: Claim, isNew: Bool) -> Bool {
        if case .load = claim.kind {
            var models = NumberList()
            models.append(claim.subject)
            guard hasPlaces(models, on: residencies[claim.subject].device, claim, isNew) else {
                return false
            }
            take(claim.subject)
            return true
        }
        let lane = claim.subject
        for device in lanes[lane].devices
        where !hasPlaces(lanes[lane].models, on: device, claim, isNew) { return false }
        for model in lanes[lane].models { take(model) }
        return true
    }

    private func hasPlaces(
        _ models: NumberList,
        on number: Int,
        _ claim: Claim,
        _ isNew: Bool
    ) -> Bool {
        if isNew, devices[number].isBlocked { return false }
        let places = devices[number].places
        if devices[number].stops {
            var taken = devices[number].taken
            for model in models
            where residencies[model].device == number && !residencies[model].isChosen { taken += 1 }
            return taken <= places
        }
        // What is inside cannot be taken out again; only what comes anew is held back.
        guard isNew else { return true }
        // One place stays for models that are there, where there are two.
        if claim.kind == .load, places > 1, devices[number].loading >= places - 1 { return false }
        return devices[number].inside < places
    }

    mutating func take(_ model: Int) {
        let device = residencies[model].device
        guard !residencies[model].isChosen else { return }
        devices[device].taken += 1
        guard devices[device].stops else { return }
        residencies[model].isChosen = true
        chosen.append(model)
    }

    private mutating func settle(_ claim: Claim, _ numbers: NumberList, hasPlace: Bool) {
        for device in numbers { settle(claim, device, hasPlace: hasPlace) }
    }

    /// Notes who has a device and who wants it.
    private mutating func settle(_ claim: Claim, _ device: Int, hasPlace: Bool) {
        if hasPlace {
            devices[device].held |= 1 << claim.rank
            devices[device].lastRank = claim.precedence
            return
        }
        devices[device].wanted |= 1 << claim.rank
        // Later tickets must not overtake here; what runs already may go on.
        devices[device].isBlocked = true
        if claim.precedence == devices[device].lastRank { devices[device].isContended = true }
    }

    // MARK: Slots

    /// The tickets that lose their slots when a ticket is granted; nil when it has to wait for one.
    ///
    /// A higher class takes a slot from a lower one after some patience.
    private mutating func victims(
        in lane: Int,
        for place: Int,
        at now: MonotonicTime
    ) -> [Int]? {
        guard isFull(lane) else { return [] }
        // Who owes time to lower classes takes nothing from them.
        let rank = tickets[place].rank
        guard precedence(rank, on: lanes[lane].devices) == rank else { return nil }
        var victims: [Int] = []
        for model in lanes[lane].models
        where residencies[model].busy >= residencies[model].model.slots {
            let victim = lowest(on: model, below: tickets[place].ticketClass)
            // Who was granted a moment ago has not been told yet.
            guard let victim, !granted.contains(victim) else { return nil }
            if !victims.contains(victim) { victims.append(victim) }
        }
        let patience = slotPatience[tickets[place].ticketClass.rank]
        var moment = tickets[place].since + patience
        for victim in victims {
            moment = max(moment, now.nanoseconds + protection(of: victim, patience, at: now))
        }
        guard moment <= now.nanoseconds else {
            due = min(due, moment)
            return nil
        }
        return victims
    }

    /// Device time that a ticket still has before its slot may be taken.
    ///
    /// Most work begins again when it lost its slot. With twice the time at each attempt it comes to its
    /// end, and no more is lost than it takes.
    private func protection(of victim: Int, _ patience: Int64, at now: MonotonicTime) -> Int64 {
        let attempts = min(tickets[victim].preemptions, 20)
        let held = tickets[victim].heldNanoseconds(at: now) - tickets[victim].heldAtGrant
        return max(0, patience << Int64(attempts) - held)
    }

    private func isFull(_ lane: Int) -> Bool {
        for model in lanes[lane].models
        where residencies[model].busy >= residencies[model].model.slots { return true }
        return false
    }

    /// The ticket on a model that loses its slot first: of the lowest class the last that came.
    private func lowest(on model: Int, below ticketClass: TicketClass) -> Int? {
        var lowest: Int?
        for lane in residencies[model].lanes {
            for place in lanes[lane].busy {
                let rank = tickets[place].ticketClass.rank
                guard rank < ticketClass.rank else { continue }
                guard let known = lowest else {
                    lowest = place
                    continue
                }
                let knownRank = tickets[known].ticketClass.rank
                if rank < knownRank || rank == knownRank && tickets[place].id > tickets[known].id {
                    lowest = place
                }
            }
        }
        return lowest
    }

    // MARK: Acting

    private mutating func stopUnlessChosen(
        _ model: Int,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        guard !residencies[model].isChosen, !residencies[model].isStopped,
            devices[residencies[model].device].stops
        else { return }
        // An engine without work does not run anyway.
        guard residencies[model].works, !residencies[model].isDraining,
            let generation = residencies[model].generation
        else { return }
        noteStopped(model, at: now)
        actions.append(.stop(model: residencies[model].model.name, generation))
    }

    /// A model's process does not run any more.
    mutating func noteStopped(_ model: Int, at now: MonotonicTime) {
        for place in busyTickets(on: model) { pause(place, at: now) }
        for lane in residencies[model].lanes { lanes[lane].since = now.nanoseconds }
        residencies[model].halt(at: now)
        stopped.append(model)
        counts.stops += 1
    }

    private mutating func resumeIfChosen(
        _ model: Int,
        at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        // Its tickets may be gone: it runs on when nobody else holds the baton, so that no engine
        // stays stopped by mistake.
        guard residencies[model].isChosen || devices[residencies[model].device].taken == 0 else {
            return
        }
        guard !residencies[model].isDraining, let generation = residencies[model].generation else {
            return
        }
        residencies[model].proceed(quantum: devices[residencies[model].device].quantum, at: now)
        stopped.remove(model)
        for place in busyTickets(on: model) { run(place, at: now) }
        expect(endOf: model)
        actions.append(.resume(model: residencies[model].model.name, generation))
    }

    private mutating func beginLoading(_ model: Int, at now: MonotonicTime) {
        let device = residencies[model].device
        residencies[model].state = .loading(freshGeneration())
        residencies[model].loadWatch = Stopwatch()
        residencies[model].loadWatch.run(true, at: now.nanoseconds)
        residencies[model].turnEnds =
            now.nanoseconds + devices[device].quantum
        residencies[model].usedRank = -1
        devices[device].inside += 1
        devices[device].loading += 1
        expect(endOf: model)
    }
}
