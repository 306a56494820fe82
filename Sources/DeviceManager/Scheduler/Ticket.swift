package import DeviceProtocol
package import POSIX

/// What a client asks for.
package struct TicketRequest: Sendable, Hashable {
    /// What a ticket is for.
    package enum Purpose: Sendable, Hashable {
        /// To run work on the models.
        case use
        /// To have the models resident; granted without a turn, and meant to be released at once.
        case load
    }

    /// The models, taken together or not at all; not empty, no repetitions.
    package var models: [String] { lane.value.models }
    /// Who goes first.
    package let ticketClass: TicketClass
    /// Whose share it counts against.
    package var key: String { account.value.key }
    /// Whose part of that share, where a key stands for several users.
    package var subKey: String? { account.value.subKey }
    /// When the client has no more use for it; nil means that it waits as long as it takes.
    package var deadline: MonotonicTime?
    /// What it is for.
    package var purpose: Purpose { lane.value.purpose }
    /// A bound on the work in the model's own unit: tokens, frames; nil when it says none.
    package var work: Int?
    /// What it waits with, and what is counted for it.
    let lane: Prehashed<LaneName>
    let account: Prehashed<KeyName>

    /// Describes a wish.
    ///
    /// - Parameters:
    ///   - models: The models.
    ///   - ticketClass: Who goes first.
    ///   - key: Whose share it counts against.
    ///   - subKey: Whose part of that share, where a key stands for several users.
    ///   - deadline: When the client has no more use for it.
    ///   - purpose: What it is for.
    package init(
        models: [String],
        ticketClass: TicketClass,
        key: String,
        subKey: String? = nil,
        deadline: MonotonicTime? = nil,
        purpose: Purpose = .use
    ) {
        self.ticketClass = ticketClass
        lane = Prehashed(LaneName(models: models, purpose: purpose))
        account = Prehashed(KeyName(key: key, subKey: subKey))
        self.deadline = deadline
    }
}

/// A client's claim to run on its models: `waiting → busy ⇄ idle`, and an end that comes once.
///
/// A busy ticket goes back to waiting when its client turns busy again after a pause, or when its
/// engine was lost or had to make room.
package struct Ticket: Sendable {
    /// Where a ticket stands.
    package enum State: String, Sendable, Hashable {
        /// Wants its models and does not have them.
        case waiting
        /// Was granted; its client may use the models.
        case busy
        /// Was granted, but its client has nothing to do; holds nothing.
        case idle
    }

    /// Its name.
    package internal(set) var id: TicketID
    /// Who goes first.
    package let ticketClass: TicketClass
    /// What it is for.
    package let purpose: TicketRequest.Purpose
    /// When it was asked for.
    package let asked: MonotonicTime
    /// When it last began to wait; later than `asked` when it had its models before.
    package internal(set) var waitsSince: MonotonicTime
    /// Where it stands.
    package internal(set) var state = State.waiting
    /// How long its models were loading while it waited, one after the other, stopped time excluded.
    package internal(set) var loading = Duration.zero
    /// How long it was predicted to wait when it came; nil when nothing was known.
    package internal(set) var predictedWait: Duration?
    /// When its client has no more use for it.
    package let deadline: MonotonicTime?

    /// Whether it has not ended; what is kept of an ended one means nothing.
    var isLive = true
    let lane: Int
    let key: Int
    let work: Int?
    /// The class that its order in the queue has, above its own once it has waited long.
    var rank: Int
    /// When it last began to wait in that class.
    var since: Int64
    /// How often it lost an engine that failed.
    var restarts = 0
    /// Predicted held time.
    var predicted: Int64 = 0
    /// What it adds to the queue: predicted nanoseconds of the whole device.
    var cost: Int64 = 0
    /// Written to its key's account and not used yet.
    var reserved: Int64 = 0
    /// How often a higher class took its slot.
    var preemptions = 0
    /// Held time when it was last granted.
    var heldAtGrant: Int64 = 0
    /// Held time of the turns that are over.
    var heldBefore: Int64 = 0
    /// When the present turn began and what its device's clock showed; nil while it does not run.
    var run: (since: Int64, clock: Int64)?

    /// Its flow while it waits, and its neighbours there.
    var flow = -1
    var next = -1
    var previous = -1
    /// Its neighbours among those of its rank in the order in which they began to wait.
    var older = -1
    var younger = -1

    init(id: TicketID, request: TicketRequest, lane: Int, key: Int, at now: MonotonicTime) {
        self.id = id
        ticketClass = request.ticketClass
        purpose = request.purpose
        asked = now
        waitsSince = now
        deadline = request.deadline
        self.lane = lane
        self.key = key
        work = request.work
        rank = request.ticketClass.rank
        since = now.nanoseconds
    }

    /// Device time it has really had, stopped time excluded.
    ///
    /// - Parameter now: The present moment.
    package func held(at now: MonotonicTime) -> Duration {
        .nanoseconds(heldNanoseconds(at: now))
    }

    /// The part of it since the present grant.
    ///
    /// - Parameter now: The present moment.
    package func heldSinceGrant(at now: MonotonicTime) -> Duration {
        .nanoseconds(heldNanoseconds(at: now) - heldAtGrant)
    }

    func heldNanoseconds(at now: MonotonicTime) -> Int64 {
        heldBefore + (run.map { now.nanoseconds - $0.since } ?? 0)
    }
}

/// How a ticket ended, other than by its client's release.
package struct Refusal: Sendable, Hashable {
    /// A stable word for programs.
    package let code: DeviceErrorCode
    /// What happened, for people.
    package let message: String
    /// When asking again makes sense; nil means never with this request.
    package let retryAfter: Duration?
    /// How long the ticket would have waited; nil when nothing is known.
    package var predictedWait: Duration?

    /// Describes a refusal.
    ///
    /// - Parameters:
    ///   - code: A stable word for programs.
    ///   - message: What happened.
    ///   - retryAfter: When asking again makes sense.
    package init(_ code: DeviceErrorCode, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }
}
