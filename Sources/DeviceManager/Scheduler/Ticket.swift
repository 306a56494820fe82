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
    package let models: [String]
    /// Who goes first.
    package let ticketClass: TicketClass
    /// Whose share it counts against.
    package let key: String
    /// When the client has no more use for it; nil means that it waits as long as it takes.
    package let deadline: MonotonicTime?
    /// What it is for.
    package let purpose: Purpose

    /// Describes a wish.
    ///
    /// - Parameters:
    ///   - models: The models.
    ///   - ticketClass: Who goes first.
    ///   - key: Whose share it counts against.
    ///   - deadline: When the client has no more use for it.
    ///   - purpose: What it is for.
    package init(
        models: [String],
        ticketClass: TicketClass,
        key: String,
        deadline: MonotonicTime? = nil,
        purpose: Purpose = .use
    ) {
        self.models = models
        self.ticketClass = ticketClass
        self.key = key
        self.deadline = deadline
        self.purpose = purpose
    }
}

/// A client's claim to run on its models: `waiting → busy ⇄ idle`, and an end that comes once.
///
/// A busy ticket goes back to waiting when its client turns busy again after a pause, or when its
/// engine was lost or had to make room.
package struct Ticket: Sendable {
    /// Where a ticket stands.
    package enum State: Sendable, Hashable {
        /// Wants its models and does not have them.
        case waiting
        /// Was granted; its client may use the models.
        case busy
        /// Was granted, but its client has nothing to do; holds nothing.
        case idle
    }

    /// Its name.
    package let id: TicketID
    /// What was asked for.
    package let request: TicketRequest
    /// Where it stands.
    package internal(set) var state: State = .waiting
    /// When it was asked for.
    package let asked: MonotonicTime
    /// How long its models were loading while it waited, one after the other, stopped time excluded.
    package internal(set) var loading: Duration = .zero
    /// How often it lost an engine that failed.
    var restarts = 0
    /// Held time of the turns that are over.
    var heldBefore: Duration = .zero
    /// When the present turn began; nil while it waits, is idle, or its engine is stopped.
    var turnStarted: MonotonicTime?

    init(id: TicketID, request: TicketRequest, asked: MonotonicTime) {
        self.id = id
        self.request = request
        self.asked = asked
    }

    /// Device time it has really had, stopped time excluded.
    ///
    /// - Parameter now: The present moment.
    package func held(at now: MonotonicTime) -> Duration {
        heldBefore + (turnStarted.map { now - $0 } ?? .zero)
    }

    /// Starts or ends the counting of held time; both are idempotent.
    mutating func countHeld(_ runs: Bool, at now: MonotonicTime) {
        switch (turnStarted, runs) {
        case (nil, true): turnStarted = now
        case (let start?, false):
            heldBefore += now - start
            turnStarted = nil
        default: break
        }
    }

    /// Order of service: higher class first, then arrival.
    static func precedes(_ left: Ticket, _ right: Ticket) -> Bool {
        if left.request.ticketClass != right.request.ticketClass {
            return left.request.ticketClass > right.request.ticketClass
        }
        return left.id < right.id
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
