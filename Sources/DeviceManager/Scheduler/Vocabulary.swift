package import DeviceProtocol

/// How a device takes turns.
package enum TurnRule: Sendable, Hashable {
    /// At most this many engine processes run; the others are stopped (a CPU).
    case stopProcess(engines: Int)
    /// Nothing is stopped; at most this many tickets are busy at once (a GPU, a Hailo).
    case dispatch(depth: Int)
    /// One ticket at a time, whose holder drives the device itself (an outsider).
    case lease

    /// The word in status and configuration.
    package var word: String {
        switch self {
        case .stopProcess: "stopProcess"
        case .dispatch: "dispatch"
        case .lease: "lease"
        }
    }

    /// Engines that run, or pieces of work that are inside, at most.
    package var places: Int {
        switch self {
        case .stopProcess(let engines): engines
        case .dispatch(let depth): depth
        case .lease: 1
        }
    }

    /// Whether engines are stopped while others run.
    var stops: Bool {
        if case .stopProcess = self { true } else { false }
    }

    /// Most models of one set that can be in use together on a device with this rule.
    var width: Int {
        if case .dispatch = self { Int.max } else { places }
    }
}

/// Names a ticket for as long as the manager lives.
package struct TicketID: Hashable, Sendable, Comparable {
    /// Counts up from 1, in order of arrival.
    package let number: Int
    /// A small number that no other ticket has while it lives, for tables; -1 for one that was
    /// refused when it came.
    package let place: Int

    /// Whether it was more than a refusal.
    package var isKept: Bool { place >= 0 }

    /// What a ticket's name is found by where names are kept; the scheduler itself knows only the
    /// names that it has given out.
    ///
    /// - Parameter number: The number.
    package init(_ number: Int) {
        self.init(number: number, place: -1)
    }

    init(number: Int, place: Int) {
        self.number = number
        self.place = place
    }

    /// Two names are the same when their numbers are.
    package static func == (left: TicketID, right: TicketID) -> Bool {
        left.number == right.number
    }

    /// Hashes the number.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(number)
    }

    /// Orders by arrival.
    package static func < (left: TicketID, right: TicketID) -> Bool {
        left.number < right.number
    }
}

/// One life of an engine process; a restarted engine of the same model has another number.
package struct Generation: Hashable, Sendable {
    /// Counts up from 1 over all models.
    package let number: Int
}

/// What the scheduler knows of a device.
package struct DeviceDescription: Sendable, Hashable {
    /// "cpu", "gpu0", "hailo0".
    package let name: String
    /// How it takes turns.
    package let rule: TurnRule
    /// Bytes that residencies may take together.
    package let budget: Int
    /// How long an engine keeps the baton while an equal waits for it.
    package var quantum = Duration.milliseconds(250)
    /// The part of a device that a class leaves to lower ones while they want it, from 0 to 0.9.
    package var lowerShare = 0.1
    /// The least time between two swaps: loads of a model that had to go for another.
    ///
    /// Where loading takes less than a quarter of it, four times the loading time counts.
    package var minimumResidency = Duration.seconds(10)
    /// How long tickets for resident models may overtake one whose model must be loaded.
    package var maximumOvertaking = Duration.seconds(20)

    /// Describes a device.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - rule: How it takes turns.
    ///   - budget: Bytes that residencies may take together.
    package init(name: String, rule: TurnRule, budget: Int) {
        self.name = name
        self.rule = rule
        self.budget = budget
    }
}

/// What the scheduler knows of a model before it was ever loaded.
package struct ModelDescription: Sendable, Hashable {
    /// Its name.
    package let name: String
    /// The device that runs it.
    package let device: String
    /// Estimated bytes; replaced by what is measured.
    package var footprint: Int
    /// How long it stays resident without tickets; nil means for ever, zero means not at all.
    package var keepAlive: Duration?
    /// Most tickets that are busy on it at once.
    package var slots: Int
    /// How long loading may take, time in which it was stopped excluded.
    package var loadTimeout: Duration
    /// The longest held time of one ticket.
    package var maximumHeld = Duration.seconds(3600)
    /// The longest device time of one call inside a ticket; an engine that takes longer hangs.
    package var callTimeout = Duration.seconds(300)
    /// Questions that its engine may leave unanswered; nil for what holds for all.
    package var unanswered: Int?
    /// Whether its process is somebody else's, which is asked to yield where engines are stopped.
    package var isOutside = false
    /// How long an outsider may take to yield.
    package var yieldPatience = Duration.seconds(5)
    /// How long loading took when it was last measured; nil when it never was.
    package var loadTime: Duration?
    /// What tickets held, as an earlier life measured it.
    package var heldTimes = HeldTimes()

    /// Describes a model.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - device: The device that runs it.
    ///   - footprint: Estimated bytes.
    ///   - keepAlive: How long it stays without tickets; nil means for ever.
    ///   - slots: Most tickets that are busy on it at once.
    ///   - loadTimeout: How long loading may take.
    package init(
        name: String,
        device: String,
        footprint: Int,
        keepAlive: Duration? = .seconds(300),
        slots: Int = 2,
        loadTimeout: Duration = .seconds(120)
    ) {
        self.name = name
        self.device = device
        self.footprint = footprint
        self.keepAlive = keepAlive
        self.slots = slots
        self.loadTimeout = loadTimeout
    }
}

/// The limits that hold for all devices.
package struct SchedulerLimits: Sendable, Hashable {
    /// Most tickets that wait for one model.
    ///
    /// No key may have more of them than are left for others.
    package var waitingPerModel = 128
    /// Most tickets that wait for one key.
    package var waitingPerKey = 64
    /// How long a ticket of a class waits before it counts as one of the next; nil for ever.
    package var ageing: [TicketClass: Duration] = [
        .background: .seconds(120), .interactive: .seconds(60),
    ]
    /// How long a ticket waits for a slot that a lower class has before it takes it.
    package var slotPatience: [TicketClass: Duration] = [
        .interactive: .milliseconds(250), .realtime: .milliseconds(20),
    ]
    /// Parts in a hundred of a usual share, by key; 100 for those that are not named.
    package var weights: [String: Int] = [:]
    /// Whether waits are predicted for tickets without a deadline too, to be compared and shown.
    package var predictsAlways = true
    /// How often a ticket is queued again after its engine was lost, before it fails.
    package var restarts = 1
    /// Questions that an engine which works may leave unanswered; asked once a second.
    package var unanswered = 30
    /// The longest pause before an engine that keeps failing is started again.
    package var longestBackOff: Duration = .seconds(60)

    /// The defaults.
    package init() {}
}
