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

    /// Most models of one set that can be in use together on a device with this rule.
    var width: Int {
        switch self {
        case .stopProcess(let engines): engines
        case .dispatch: Int.max
        case .lease: 1
        }
    }
}

/// Names a ticket for as long as the manager lives.
package struct TicketID: Hashable, Sendable, Comparable {
    /// Counts up from 1, in order of arrival.
    package let number: Int

    /// Wraps a number.
    ///
    /// - Parameter number: The number.
    package init(_ number: Int) {
        self.number = number
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
    package var waitingPerModel = 64
    /// Most tickets that wait for one key.
    package var waitingPerKey = 64
    /// How often a ticket is queued again after its engine was lost, before it fails.
    package var restarts = 1
    /// The longest pause before an engine that keeps failing is started again.
    package var longestBackOff: Duration = .seconds(60)

    /// The defaults.
    package init() {}
}
