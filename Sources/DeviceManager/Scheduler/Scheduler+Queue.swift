internal import DeviceProtocol
internal import POSIX

/// How tickets wait: in flows, which stand in order in their lane's heap.
extension Scheduler {
    /// A ticket that was idle, or lost its models, waits in its own class.
    mutating func wait(_ place: Int, at now: MonotonicTime) {
        tickets[place].state = .waiting
        tickets[place].rank = tickets[place].ticketClass.rank
        tickets[place].since = now.nanoseconds
        tickets[place].waitsSince = now
        enqueue(place, at: now)
    }

    /// Puts a ticket that waits into its queues.
    mutating func enqueue(_ place: Int, at now: MonotonicTime) {
        let (lane, rank, key) = (tickets[place].lane, tickets[place].rank, tickets[place].key)
        let level = shares.level(lanes[lane].devices[0], rank)
        shares.enqueue(key, level, cost: tickets[place].cost)
        let flow = flow(of: key, in: lane, rank: rank, level: level)
        link(place, into: flow)
        appendToAges(place)
        for model in lanes[lane].models { residencies[model].waiting += 1 }
        lanes[lane].waiting += 1
        if lanes[lane].waiting == 1 { waitingLanes.append(lane) }
    }

    /// Takes a ticket that waits out of its queues.
    mutating func dequeue(_ place: Int) {
        let (lane, flow) = (tickets[place].lane, tickets[place].flow)
        unlink(place, from: flow)
        removeFromAges(place)
        shares.dequeue(flows[flow].key, flows[flow].level, cost: tickets[place].cost)
        if flows[flow].head < 0 { close(flow) }
        for model in lanes[lane].models {
            residencies[model].waiting -= 1
            noteIdle(model)
        }
        lanes[lane].waiting -= 1
        if lanes[lane].waiting == 0 { waitingLanes.remove(lane) }
    }

    /// Makes a ticket that has waited its class's bound one of the next class.
    mutating func lift(_ place: Int, at now: MonotonicTime) {
        dequeue(place)
        tickets[place].rank += 1
        tickets[place].since = now.nanoseconds
        enqueue(place, at: now)
        counts.lifted += 1
    }

    /// The first ticket of a lane's highest class; nil when none waits.
    func head(of lane: Int) -> (place: Int, rank: Int)? {
        for rank in [2, 1, 0] {
            if let flow = lanes[lane].heaps[rank].first { return (flows[flow].head, rank) }
        }
        return nil
    }

    /// The ticket of a lane that is granted first; a class that owes time to lower ones is behind them.
    func next(of lane: Int) -> (place: Int, rank: Int)? {
        var first: (place: Int, rank: Int)?
        var precedence = Int.min
        for rank in 0...2 {
            guard let flow = lanes[lane].heaps[rank].first else { continue }
            let own = self.precedence(rank, on: lanes[lane].devices)
            guard own > precedence else { continue }
            (first, precedence) = ((flows[flow].head, rank), own)
        }
        return first
    }

    /// Where the first ticket of a flow stands in its class.
    func standing(ofFlow flow: Int) -> Standing {
        let (key, root, level) = (flows[flow].key, flows[flow].root, flows[flow].level)
        return standing(key, root, level, since: tickets[flows[flow].head].since)
    }

    func standing(_ key: Int, _ root: Int, _ level: Int, since: Int64) -> Standing {
        Standing(
            used: shares[root, level].used,
            activated: shares[root, level].activated,
            subUsed: key == root ? 0 : shares[key, level].used,
            subActivated: key == root ? 0 : shares[key, level].activated,
            since: since
        )
    }

    /// Writes device time to the account of a ticket's key and puts its flows where they belong now.
    mutating func charge(_ place: Int, _ nanoseconds: Int64) {
        guard nanoseconds != 0 else { return }
        let level = shares.level(lanes[tickets[place].lane].devices[0], tickets[place].rank)
        let key = tickets[place].key
        shares.charge(key, level, nanoseconds)
        var flow = shares[shares.keys[key].root, level].flows
        while flow >= 0 {
            moveUp(flow)
            moveDown(flow)
            flow = flows[flow].next
        }
    }

    // MARK: Flows

    private mutating func flow(of key: Int, in lane: Int, rank: Int, level: Int) -> Int {
        let root = shares.keys[key].root
        let first = shares[root, level].flows
        var flow = first
        while flow >= 0 {
            if flows[flow].key == key, flows[flow].lane == lane { return flow }
            flow = flows[flow].next
        }
        flow = flows.insert(Flow(lane: lane, key: key, root: root, level: level, rank: rank))
        flows[flow].next = first
        if first >= 0 { flows[first].previous = flow }
        shares[root, level].flows = flow
        return flow
    }

    /// Puts a ticket into a flow by its age; those that come back go before those that came later.
    private mutating func link(_ place: Int, into flow: Int) {
        var previous = flows[flow].tail
        while previous >= 0, tickets[previous].id > tickets[place].id {
            previous = tickets[previous].previous
        }
        let next = previous >= 0 ? tickets[previous].next : flows[flow].head
        tickets[place].flow = flow
        tickets[place].previous = previous
        tickets[place].next = next
        if next >= 0 { tickets[next].previous = place } else { flows[flow].tail = place }
        if previous >= 0 {
            tickets[previous].next = place
        } else {
            let isNew = flows[flow].head < 0
            flows[flow].head = place
            if isNew { insertIntoHeap(flow) }
        }
    }

    private mutating func unlink(_ place: Int, from flow: Int) {
        let (previous, next) = (tickets[place].previous, tickets[place].next)
        if previous >= 0 { tickets[previous].next = next } else { flows[flow].head = next }
        if next >= 0 { tickets[next].previous = previous } else { flows[flow].tail = previous }
        tickets[place].flow = -1
    }

    /// Lets go of a flow without tickets.
    private mutating func close(_ flow: Int) {
        removeFromHeap(flow)
        let (previous, next) = (flows[flow].previous, flows[flow].next)
        if next >= 0 { flows[next].previous = previous }
        if previous >= 0 {
            flows[previous].next = next
        } else {
            shares[flows[flow].root, flows[flow].level].flows = next
        }
        flows.remove(flow)
    }

    // MARK: The heap of a lane and class

    private mutating func insertIntoHeap(_ flow: Int) {
        let (lane, rank) = (flows[flow].lane, flows[flow].rank)
        flows[flow].place = lanes[lane].heaps[rank].count
        lanes[lane].heaps[rank].append(flow)
        moveUp(flow)
    }

    /// Its tickets are gone, so that only its place counts.
    private mutating func removeFromHeap(_ flow: Int) {
        let (lane, rank, place) = (flows[flow].lane, flows[flow].rank, flows[flow].place)
        let last = lanes[lane].heaps[rank].removeLast()
        guard last != flow else { return }
        lanes[lane].heaps[rank][place] = last
        flows[last].place = place
        moveUp(last)
        moveDown(last)
    }

    private mutating func moveUp(_ flow: Int) {
        let (lane, rank) = (flows[flow].lane, flows[flow].rank)
        var place = flows[flow].place
        guard place > 0 else { return }
        let own = order(of: flow)
        while place > 0 {
            let parent = lanes[lane].heaps[rank][(place - 1) / 2]
            guard own < order(of: parent) else { break }
            lanes[lane].heaps[rank][place] = parent
            flows[parent].place = place
            place = (place - 1) / 2
        }
        lanes[lane].heaps[rank][place] = flow
        flows[flow].place = place
    }

    private mutating func moveDown(_ flow: Int) {
        let (lane, rank) = (flows[flow].lane, flows[flow].rank)
        let count = lanes[lane].heaps[rank].count
        var place = flows[flow].place
        guard 2 * place + 1 < count else { return }
        let own = order(of: flow)
        while 2 * place + 1 < count {
            var child = lanes[lane].heaps[rank][2 * place + 1]
            var least = order(of: child)
            if 2 * place + 2 < count {
                let other = lanes[lane].heaps[rank][2 * place + 2]
                let standing = order(of: other)
                if standing < least { (child, least) = (other, standing) }
            }
            guard least < own else { break }
            let childPlace = flows[child].place
            lanes[lane].heaps[rank][place] = child
            flows[child].place = place
            place = childPlace
        }
        lanes[lane].heaps[rank][place] = flow
        flows[flow].place = place
    }

    /// Within one heap keys differ, so that their first tickets need not be looked at.
    private func order(of flow: Int) -> Standing {
        standing(flows[flow].key, flows[flow].root, flows[flow].level, since: 0)
    }
}

extension [Int] {
    /// Takes a number out of a short list without order.
    mutating func remove(_ number: Int) {
        guard let index = firstIndex(of: number) else { return }
        swapAt(index, count - 1)
        removeLast()
    }
}
