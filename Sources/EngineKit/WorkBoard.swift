import DeviceProtocol

/// All work of an engine: what waits, what runs, and under which tokens.
///
/// A piece of work goes `submitted → waiting → running → ended`, or leaves earlier: refused when
/// submitted, or taken out while waiting. At most one runs. Moments are nanoseconds of `HeldClock`,
/// which stands still while the process is stopped. Pure: knows no clock, thread or socket; what a
/// method returns, the caller does.
struct WorkBoard<Payload: Sendable>: Sendable {
    struct Item: Sendable {
        let request: Int
        let key: TokenTable.Key
        let payload: Payload
    }

    /// A token that has no work any more, with the nanoseconds for which it held the device.
    struct Idle: Sendable, Hashable {
        let token: String
        let held: Int64
    }

    /// How far the running work is.
    struct Progress: Sendable, Hashable {
        let token: String
        /// Nanoseconds for which the token's work has held the device.
        let held: Int64
        /// Nanoseconds of it that the running call has taken so far.
        let call: Int64
    }

    /// What must happen after work was called off.
    struct CallOff: Sendable {
        /// To be answered with a refusal.
        var refused: [Item] = []
        /// Runs; to be interrupted.
        var running: Item?
        /// To be reported.
        var idle: Idle?
    }

    /// The end of a piece of work.
    struct Ended: Sendable {
        /// Nanoseconds for which it held the device.
        let held: Int64
        /// Why it was called off while it ran, if it was.
        let reason: DeviceErrorCode?
        /// To be reported.
        let idle: Idle?
    }

    private struct Running: Sendable {
        let item: Item
        let since: Int64
        var reason: DeviceErrorCode?
        var reported: Int64 = 0
    }

    /// Nanoseconds of held time between two reports of progress.
    static var progressStep: Int64 { 200_000_000 }

    private var tokens = TokenTable()
    private var queue: WorkQueue<Item>
    private var running: Running?

    init(channelLimit: Int) {
        queue = WorkQueue(channelLimit: channelLimit)
    }

    var isBusy: Bool { running != nil || !queue.isEmpty }
    var tokenCount: Int { tokens.count }
    var runningItem: Item? { running?.item }

    func waiting(_ ticketClass: TicketClass) -> Int { queue.count(of: ticketClass) }

    func standing(of key: TokenTable.Key) -> TokenTable.Standing { tokens.standing(of: key) }

    mutating func admit(_ key: TokenTable.Key, as ticketClass: TicketClass) {
        tokens.admit(key, as: ticketClass)
    }

    /// Accepts work; returns why not otherwise.
    mutating func submit(_ item: Item) -> DeviceErrorCode? {
        switch tokens.standing(of: item.key) {
        case .unknown: return .notAdmitted
        case .revoked: return .revoked
        case .admitted(let ticketClass):
            guard queue.hasRoom(for: item.key.channel) else { return .queueFull }
            tokens.begin(item.key)
            queue.append(item, as: ticketClass, of: item.key.channel)
            return nil
        }
    }

    /// The work to run now; nil while one runs or none waits.
    mutating func next(at now: Int64) -> Item? {
        guard running == nil, let item = queue.popFirst() else { return nil }
        running = Running(item: item, since: now)
        return item
    }

    /// Ends the running work.
    ///
    /// - Precondition: Work runs.
    mutating func finish(at now: Int64) -> Ended {
        guard let ended = running.take() else { preconditionFailure("nothing runs") }
        let held = max(0, now - ended.since)
        let total = tokens.end(ended.item.key, held: held)
        return Ended(held: held, reason: ended.reason, idle: idle(ended.item.key, total))
    }

    /// Calls one piece of work off; unknown ones are ignored, since they may have ended just now.
    mutating func cancel(request: Int, of channel: Int) -> CallOff {
        callOff(.cancelled) { $0.request == request && $0.key.channel == channel }
    }

    /// Calls a token's work off and forbids more.
    mutating func revoke(_ key: TokenTable.Key) -> CallOff {
        // First, so that the work called off below makes the token idle.
        let total = tokens.revoke(key)
        var result = callOff(.revoked) { $0.key == key }
        result.idle = result.idle ?? idle(key, total)
        return result
    }

    /// Calls all work of a channel off.
    mutating func close(channel: Int) -> CallOff {
        callOff(.cancelled) { $0.key.channel == channel }
    }

    /// How far the running work is, once every `progressStep`.
    mutating func progress(at now: Int64) -> Progress? {
        guard var current = running, now - current.since - current.reported >= Self.progressStep
        else { return nil }
        let held = now - current.since
        current.reported = held / Self.progressStep * Self.progressStep
        running = current
        let key = current.item.key
        return Progress(token: key.token, held: tokens.held(key) + held, call: held)
    }

    private mutating func callOff(
        _ reason: DeviceErrorCode,
        _ isMeant: (Item) -> Bool
    ) -> CallOff {
        var result = CallOff(refused: queue.remove(where: isMeant))
        for item in result.refused {
            if let total = tokens.end(item.key, held: 0) { result.idle = idle(item.key, total) }
        }
        if let current = running, isMeant(current.item) {
            running?.reason = current.reason ?? reason
            result.running = current.item
        }
        return result
    }

    private func idle(_ key: TokenTable.Key, _ total: Int64?) -> Idle? {
        total.map { Idle(token: key.token, held: $0) }
    }
}
