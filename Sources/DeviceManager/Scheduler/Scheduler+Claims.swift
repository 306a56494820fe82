internal import DeviceProtocol
internal import POSIX

/// Who wants device time, in order.
///
/// Class first. Within a class: a load that may be overtaken no longer; who holds the baton and whose
/// turn is not over; then the key that has had least, and among its own who has waited longest. A
/// load comes after every ticket that could be granted at once, for it takes long, and takes turns
/// with those that are stopped.
extension Scheduler {
    mutating func collectClaims(at now: MonotonicTime) {
        claims.removeAll(keepingCapacity: true)
        for lane in busyLanes { insert(busyClaim(of: lane, at: now)) }
        for lane in waitingLanes where isServed(lane) {
            guard let (_, rank) = next(of: lane) else { continue }
            insert(headClaim(of: lane, rank))
            // Those behind it want the device too.
            for rank in 0...2 where !lanes[lane].heaps[rank].isEmpty {
                for device in lanes[lane].devices { devices[device].wanted |= 1 << rank }
            }
        }
        for model in coming { insertLoad(of: model, at: now) }
    }

    /// Whether the models of a lane are there for more tickets.
    func isServed(_ lane: Int) -> Bool {
        for model in lanes[lane].models
        where !residencies[model].isReady || residencies[model].isClosing { return false }
        return true
    }

    /// Puts a claim in its place.
    ///
    /// - Parameter first: Where the claims begin that are not decided yet.
    mutating func insert(_ claim: Claim, after first: Int = 0) {
        var index = claims.count
        claims.append(claim)
        while index > first, claim.precedes(claims[index - 1]) {
            claims[index] = claims[index - 1]
            index -= 1
        }
        claims[index] = claim
    }

    func headClaim(of lane: Int, _ rank: Int) -> Claim {
        let flow = lanes[lane].heaps[rank][0]
        return Claim(
            kind: .head,
            subject: lane,
            rank: rank,
            precedence: precedence(rank, on: lanes[lane].devices),
            standing: standing(ofFlow: flow)
        )
    }

    private func busyClaim(of lane: Int, at now: MonotonicTime) -> Claim {
        let isHolding = isHolding(lane)
        // Whoever had the device last comes last among equals.
        let since = isHolding ? Int64.max : lanes[lane].since
        let device = lanes[lane].devices[0]
        var (rank, standing) = (-1, Standing.last)
        for place in lanes[lane].busy {
            let own = tickets[place].ticketClass.rank
            guard own >= rank else { continue }
            let key = tickets[place].key
            let level = shares.level(device, tickets[place].rank)
            let other = self.standing(key, shares.keys[key].root, level, since: since)
            if own > rank || other < standing { (rank, standing) = (own, other) }
        }
        var claim = Claim(
            kind: .busy,
            subject: lane,
            rank: rank,
            precedence: precedence(rank, on: lanes[lane].devices),
            standing: standing
        )
        if isHolding, !isTurnOver(lane, at: now) { claim.stage = .holding }
        return claim
    }

    /// Whether all engines of a lane run.
    private func isHolding(_ lane: Int) -> Bool {
        for model in lanes[lane].models where residencies[model].isStopped { return false }
        return true
    }

    func isTurnOver(_ lane: Int, at now: MonotonicTime) -> Bool {
        for model in lanes[lane].models where residencies[model].turnEnds <= now.nanoseconds {
            return true
        }
        return false
    }

    // MARK: Loads

    private mutating func insertLoad(of model: Int, at now: MonotonicTime) {
        let residency = residencies[model]
        var rank = 0
        var own = 0
        var asked = Int64.max
        for lane in residency.lanes {
            guard let (place, headRank) = head(of: lane) else { continue }
            own = max(own, tickets[place].ticketClass.rank)
            rank = max(rank, headRank)
            asked = min(asked, tickets[place].asked.nanoseconds)
        }
        // A load that nobody waits for any more is finished when nothing else wants the device.
        var claim = Claim(
            kind: .load,
            subject: model,
            rank: own,
            precedence: asked == .max ? -4 : precedence(rank, on: residency.device),
            standing: .last
        )
        let patience = devices[residency.device].maximumOvertaking
        if asked < .max, now.nanoseconds - asked >= patience {
            claim.stage = .overdue
        } else if asked < .max {
            due = min(due, asked + patience)
        }
        let holds = residency.isLoading && !residency.isStopped
        let since = holds && residency.turnEnds > now.nanoseconds ? Int64.min : residency.stoppedAt
        claims.insert(claim, at: index(ofLoad: claim, since: since))
    }

    private func index(ofLoad claim: Claim, since: Int64) -> Int {
        let first = claims.firstIndex { $0.precedence <= claim.precedence } ?? claims.count
        guard claim.stage != .overdue else { return first }
        let end = claims[first...].firstIndex { $0.precedence < claim.precedence } ?? claims.count
        let lastHead = claims[first..<end].lastIndex { $0.kind == .head }
        var index = (lastHead ?? first - 1) + 1
        while index < end {
            let other = claims[index]
            guard other.kind != .load, other.stage == .holding || other.standing.since <= since
            else { break }
            index += 1
        }
        return index
    }

    // MARK: Classes

    /// A class's place in the order, which is behind all that it owes time to.
    func precedence(_ rank: Int, on devices: NumberList) -> Int {
        for device in devices where self.devices[device].deferred & 1 << rank != 0 {
            return rank - 3
        }
        return rank
    }

    private func precedence(_ rank: Int, on device: Int) -> Int {
        devices[device].deferred & 1 << rank != 0 ? rank - 3 : rank
    }
}

extension Standing {
    /// Behind everybody.
    static let last = Standing(
        used: .max,
        activated: .max,
        subUsed: .max,
        subActivated: .max,
        since: .max
    )
}
