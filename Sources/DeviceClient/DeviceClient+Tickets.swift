package import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

extension DeviceClient {
    /// What a caller wants a ticket for.
    private struct Wish {
        let models: [String]
        let ticketClass: TicketClass
        let key: String?
        let subKey: String?
        let deadline: MonotonicTime?
        let keepAlive: ResidencySpan?

        /// The request as it goes out now, with what is left of the deadline.
        var request: JSONObject {
            var request: JSONObject = [
                "action": "acquire", "models": .array(models.map { .string($0) }),
                "class": .string(ticketClass.rawValue),
            ]
            if let key { request["key"] = .string(key) }
            if let subKey { request["sub_key"] = .string(subKey) }
            if let keepAlive { request["keep_alive_ms"] = keepAlive.milliseconds }
            request.setRest(of: deadline)
            return request
        }
    }

    /// A ticket that was granted.
    private struct Claim {
        let grant: Grant
        let session: Session
    }

    /// Most runs of a ticket's work; the manager gives each twice the time of the one before.
    package static let mostRuns = 12
    /// How long the manager may take to notice that an engine is gone.
    private static let noticeLimit = Duration.seconds(10)

    /// Runs work on models while they are granted.
    ///
    /// When an engine or the manager is lost in the middle, `body` is run once more with another
    /// grant; when a higher class took the slot, as often as that happens, up to `mostRuns`. So it must
    /// be safe to repeat. It is not run again after its task was cancelled. The ticket ends when `body`
    /// does.
    ///
    /// - Parameters:
    ///   - models: The models, taken together; at most 16.
    ///   - ticketClass: Who goes first; lowered to the ceiling of this user.
    ///   - key: Whose share it counts against; the manager's default when nil.
    ///   - subKey: Whose part of that share, where a key stands for several users.
    ///   - deadline: How long to wait for the grant; nil means as long as it takes.
    ///   - keepAlive: How long the models are to stay without tickets from now on; nil for as before.
    ///   - meanwhile: What is done once while the manager makes up its mind.
    ///   - body: The work.
    /// - Returns: What `body` returns.
    /// - Throws: `DeviceError` when there is no grant, or whatever `body` throws.
    package func withTicket<Value: Sendable>(
        models: [String],
        ticketClass: TicketClass,
        key: String? = nil,
        subKey: String? = nil,
        deadline: Duration? = nil,
        keepAlive: ResidencySpan? = nil,
        meanwhile: () -> Void = {},
        _ body: (Grant) async throws -> Value
    ) async throws -> Value {
        let wish = Wish(
            models: models,
            ticketClass: ticketClass,
            key: key,
            subKey: subKey,
            deadline: deadline.map { .now + $0 },
            keepAlive: keepAlive
        )
        var claim = try await acquire(wish, meanwhile: meanwhile)
        var isFinished = false
        defer { release(claim, isFinished: isFinished) }
        var (runs, losses) = (1, 0)
        while true {
            do {
                let value = try await body(claim.grant)
                isFinished = true
                return value
            } catch let error as DeviceError where error.isLostEngine && !Task.isCancelled {
                runs += 1
                losses += error.code == .unavailable ? 1 : 0
                guard runs <= Self.mostRuns, losses <= 1 else { throw error }
                logger.info("a grant was lost, trying again", [("reason", error.message)])
                claim = try await acquireAgain(wish, claim, after: error)
            }
        }
    }

    private func acquire(
        _ wish: Wish,
        meanwhile: () -> Void = {}
    ) async throws(DeviceError) -> Claim {
        let (reply, session) = try await ask(before: wish.deadline, meanwhile: meanwhile) {
            wish.request
        }
        return Claim(
            grant: try session.tickets.open(reply, from: session.connection),
            session: session
        )
    }

    /// The next grant: the manager's, which queues the ticket again, or its successor's.
    private func acquireAgain(
        _ wish: Wish,
        _ claim: Claim,
        after error: DeviceError
    ) async throws(DeviceError) -> Claim {
        var limit: Duration? = Self.noticeLimit
        while true {
            switch await claim.grant.mailbox.next(on: loop, within: limit) {
            case .requeued: limit = nil
            // Only leases are told that.
            case .yield, .proceed: continue
            case .granted(let reply):
                let session = claim.session
                let grant = try session.tickets.open(reply, from: session.connection)
                return Claim(grant: grant, session: session)
            case .ended(let reason): throw reason
            case .lost where claim.session.isLost: return try await acquire(wish)
            case .lost: throw error
            case nil: throw error
            }
        }
    }

    private func release(_ claim: Claim, isFinished: Bool) {
        claim.session.tickets.forget(claim.grant.ticket)
        var frame: JSONObject = [
            "action": "release", "ticket": JSONValue(claim.grant.ticket),
        ]
        if !isFinished { frame["failed"] = true }
        claim.session.connection.send(frame)
    }
}

extension DeviceError {
    /// Whether the engine is gone or the grant void, so that another grant may come.
    var isLostEngine: Bool {
        switch code {
        case .unavailable, .revoked, .notAdmitted: true
        default: false
        }
    }
}

extension JSONObject {
    /// Says how much is left until a deadline, if there is one.
    mutating func setRest(of deadline: MonotonicTime?) {
        guard let deadline else { return }
        let rest = min(max(0, (deadline - .now).milliseconds), Double(Int32.max))
        self["deadline_ms"] = JSONValue(Int(rest))
    }
}
