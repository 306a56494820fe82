internal import DeviceProtocol

/// What one client and one user may have open at once on the device socket.
package struct ClientLimits: Sendable, Hashable {
    /// Most connections.
    package var connections = 256
    /// Most connections of one user.
    package var connectionsPerUser = 128
    /// Most tickets of one connection, waiting or granted.
    package var ticketsPerConnection = 256
    /// Most requests of one connection that are not answered yet.
    package var requestsPerConnection = 256
    /// Most connections to one HTTP engine under one ticket.
    package var engineConnectionsPerTicket = 8

    /// The defaults.
    package init() {}

    /// The answer to who is over a limit.
    ///
    /// Nothing is known of when there is room again; a second is neither haste nor delay.
    static func exceeded(_ message: String) -> DeviceError {
        DeviceError(.queueFull, message, retryAfter: .seconds(1))
    }
}

/// Counts the open connections of all users.
struct ConnectionLedger {
    private let limits: ClientLimits
    private var counts: [UInt32: Int] = [:]

    init(limits: ClientLimits) {
        self.limits = limits
    }

    /// Counts a new connection, or says why there is no room for it.
    mutating func admit(_ user: UInt32) -> DeviceError? {
        let all = counts.values.reduce(0, +)
        guard all < limits.connections else {
            return ClientLimits.exceeded("\(all) clients are connected already")
        }
        let own = counts[user, default: 0]
        guard own < limits.connectionsPerUser else {
            return ClientLimits.exceeded("\(own) clients of this user are connected already")
        }
        counts[user] = own + 1
        return nil
    }

    /// Counts a connection of a user that has ended.
    mutating func leave(_ user: UInt32) {
        guard let count = counts[user] else { return }
        counts[user] = count > 1 ? count - 1 : nil
    }
}

/// What one connection has open: requests without an answer, and tickets.
struct ClientAccount {
    private let limits: ClientLimits
    /// Requests that are not answered yet.
    private(set) var requests: Set<Int> = []
    /// Tickets, waiting or granted.
    private(set) var tickets = 0

    init(limits: ClientLimits) {
        self.limits = limits
    }

    /// Notes a request whose answer comes later.
    mutating func open(_ request: Int) throws(DeviceError) {
        guard !requests.contains(request) else {
            throw DeviceError(.badRequest, "request \(request) is not answered yet")
        }
        guard requests.count < limits.requestsPerConnection else {
            throw ClientLimits.exceeded("\(requests.count) requests are not answered yet")
        }
        requests.insert(request)
    }

    /// Notes that a request was answered.
    mutating func answered(_ request: Int) {
        requests.remove(request)
    }

    /// Notes a ticket and the request for it.
    mutating func openTicket(for request: Int) throws(DeviceError) {
        guard tickets < limits.ticketsPerConnection else {
            throw ClientLimits.exceeded("this connection has \(tickets) tickets already")
        }
        try open(request)
        tickets += 1
    }

    /// Notes that a ticket has ended.
    mutating func ticketEnded() {
        tickets -= 1
    }
}
