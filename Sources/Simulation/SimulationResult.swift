package import DeviceManager
package import DeviceProtocol

/// What happened in a simulation.
package struct SimulationResult: Sendable {
    /// What happened to the requests of one class or key.
    package struct Tally: Sendable {
        /// From coming to the grant.
        package internal(set) var waits = WaitTimes()
        /// Requests that came to their end.
        package internal(set) var finished = 0
        /// Requests that were refused, or ended by the scheduler.
        package internal(set) var refused = 0
        /// Device time of those that were finished, in nanoseconds.
        package internal(set) var held: Int64 = 0
    }

    /// How tickets were ordered.
    package let policy: Simulator.Policy
    /// By class.
    package private(set) var classes: [TicketClass: Tally] = [:]
    /// By key.
    package private(set) var keys: [String: Tally] = [:]
    /// What the scheduler decided.
    package private(set) var counts = SchedulerCounts()
    /// How often models were loaded.
    package private(set) var loads = 0
    /// How long everything took, in nanoseconds.
    package private(set) var span: Int64 = 0
    /// Requests that came.
    package internal(set) var asked = 0
    /// Tickets that had not ended when nothing was left to happen; always 0 in a scheduler that works.
    package private(set) var unended = 0
    private var worked: Int64 = 0

    private var kinds: [RequestKind] = []
    private var classTallies = [Tally](repeating: Tally(), count: 3)
    private var keyTallies: [Tally] = []
    private var keyNumbers: [String: Int] = [:]
    private var keyOfKind: [Int] = []

    init(policy: Simulator.Policy) {
        self.policy = policy
    }

    /// The part of the time in which an engine worked or loaded; above 1 where several did at once.
    package var utilisation: Double { span > 0 ? Double(worked) / Double(span) : 0 }

    /// How equal the keys' shares of device time are: 1 when they are the same, 1/n when one has all.
    ///
    /// (Σx)² / (n·Σx²), R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984.
    package var jainIndex: Double {
        let shares = keys.values.map { Double($0.held) }
        let sum = shares.reduce(0, +)
        let squares = shares.reduce(0) { $0 + $1 * $1 }
        return squares > 0 ? sum * sum / (Double(shares.count) * squares) : 1
    }

    // MARK: What the simulator tells

    mutating func learn(_ kind: RequestKind) {
        kinds.append(kind)
        let number = keyNumbers[kind.key] ?? keyTallies.count
        if number == keyTallies.count {
            keyNumbers[kind.key] = number
            keyTallies.append(Tally())
        }
        keyOfKind.append(number)
    }

    mutating func granted(kind: Int, wait: Int64) {
        classTallies[kinds[kind].ticketClass.rank].waits.record(wait)
        keyTallies[keyOfKind[kind]].waits.record(wait)
    }

    mutating func finished(kind: Int, held: Int64) {
        let rank = kinds[kind].ticketClass.rank
        classTallies[rank].finished += 1
        classTallies[rank].held += held
        keyTallies[keyOfKind[kind]].finished += 1
        keyTallies[keyOfKind[kind]].held += held
    }

    mutating func refused(kind: Int) {
        classTallies[kinds[kind].ticketClass.rank].refused += 1
        keyTallies[keyOfKind[kind]].refused += 1
    }

    mutating func finish(
        at now: Int64,
        _ counts: SchedulerCounts,
        loads: Int,
        worked: Int64,
        unended: Int
    ) {
        span = now
        self.counts = counts
        self.loads = loads
        self.worked = worked
        self.unended = unended
        for ticketClass in TicketClass.allCases {
            let tally = classTallies[ticketClass.rank]
            if tally.finished + tally.refused > 0 { classes[ticketClass] = tally }
        }
        for (key, number) in keyNumbers { keys[key] = keyTallies[number] }
    }
}
