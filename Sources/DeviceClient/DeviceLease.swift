package import DeviceProtocol
internal import JSON
internal import POSIX

/// A device in the hands of this program, or of one that it has started.
///
/// Between `yield` and `proceed` the device is somebody else's: what drives it must be stopped, and
/// `yielded` says that it is. The lease ends with `ended` or `lost`, or with `release`.
package struct DeviceLease: Sendable {
    /// What the manager says about it.
    package enum Event: Sendable {
        /// The device is wanted by somebody else; a lease that is not yielded in time is ended.
        case yield(within: Duration)
        /// The device is this one's again.
        case proceed
        /// The lease is over; whatever drives the device must end, and then `release` says so.
        case ended(DeviceError)
        /// The manager has gone, and the lease with it.
        case lost
    }

    /// What is wanted.
    package struct Wish: Sendable {
        /// The device's name.
        package var device: String
        /// Who goes first.
        package var ticketClass = TicketClass.interactive
        /// Bytes that the program takes; others get no more than what is left of the budget.
        package var memory = 0
        /// How long yielding may take, from 0.1 s to a minute.
        package var grace = Duration.seconds(5)
        /// How long to wait for the device; nil means as long as it takes.
        package var deadline: Duration?

        /// Wants a device in the usual class.
        ///
        /// - Parameter device: The device's name.
        package init(device: String) {
            self.device = device
        }
    }

    private let ticket: Int
    private let session: Session
    private let mailbox: TicketMailbox
    private let loop: EventLoop

    init(_ grant: Grant, in session: Session, on loop: EventLoop) {
        ticket = grant.ticket
        mailbox = grant.mailbox
        self.session = session
        self.loop = loop
    }

    /// The next thing that the manager says; one caller at a time.
    ///
    /// - Returns: The event; nil when the task is cancelled.
    package func next() async -> Event? {
        while true {
            switch await mailbox.next(on: loop) {
            case .yield(let grace): return .yield(within: grace)
            case .proceed: return .proceed
            case .ended(let reason): return .ended(reason)
            case .lost: return .lost
            // A lease is granted once and never queued again.
            case .requeued, .granted: continue
            case nil: return nil
            }
        }
    }

    /// Says that nothing of this program uses the device until `proceed`.
    package func yielded() {
        session.connection.send(["action": "yielded", "ticket": JSONValue(ticket)])
    }

    /// Gives the device back for good; nothing of this program uses it any more.
    package func release() {
        session.tickets.forget(ticket)
        session.connection.send(["action": "release", "ticket": JSONValue(ticket)])
    }
}

extension DeviceClient {
    /// Takes a device for a program that drives it itself, as soon as its turn has come.
    ///
    /// - Parameter wish: What is wanted.
    /// - Returns: The lease.
    /// - Throws: `DeviceError` when there is none.
    package func lease(_ wish: DeviceLease.Wish) async throws(DeviceError) -> DeviceLease {
        var request: JSONObject = [
            "action": "lease", "device": .string(wish.device),
            "class": .string(wish.ticketClass.rawValue), "memory_bytes": JSONValue(wish.memory),
            "grace_ms": JSONValue(Int(wish.grace.milliseconds)),
        ]
        let deadline = wish.deadline.map { MonotonicTime.now + $0 }
        let (reply, session) = try await ask(before: deadline) {
            request.setRest(of: deadline)
            return request
        }
        let grant = try session.tickets.open(reply, from: session.connection)
        return DeviceLease(grant, in: session, on: loop)
    }
}
