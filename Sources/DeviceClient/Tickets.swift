internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

/// The tickets of one connection: the channels that came with them and what is said about them.
///
/// Made anew with each connection, so that nothing of a manager that has gone is mistaken for its
/// successor's, whose tickets and channels are counted from 1 again.
final class Tickets: Sendable {
    private struct State {
        var channels: [Int: EngineChannel] = [:]
        var mailboxes: [Int: TicketMailbox] = [:]
    }

    private let loop: EventLoop
    private let logger: Logger
    private let state = Guarded(State())

    init(loop: EventLoop, logger: Logger) {
        self.loop = loop
        self.logger = logger
    }

    /// Keeps the channels that come with a grant, whoever waits for it, and opens a mailbox for what
    /// follows; call in the order of the stream.
    ///
    /// The manager passes each channel once, with the first grant that needs it; later ones only
    /// name it, and the tasks of both may run on in any order.
    func adopt(_ reply: RequestConnection.Reply) {
        if reply.object["status"] == "granted", let id = reply.object["ticket"]?.integerValue {
            state.withLock { state in
                if state.mailboxes[id] == nil { state.mailboxes[id] = TicketMailbox() }
            }
        }
        for (item, socket) in Self.arrivals(reply) {
            guard let id = item["channel"]?.integerValue else { continue }
            do {
                let connection = try RequestConnection(
                    socket: socket,
                    loop: loop,
                    closed: { [weak self] _ in
                        self?.state.withLock { _ = $0.channels.removeValue(forKey: id) }
                    }
                )
                state.withLock { $0.channels[id] = EngineChannel(connection: connection) }
            } catch {
                logger.error("an engine's channel is of no use", [("reason", error.description)])
            }
        }
    }

    /// Reads a grant.
    ///
    /// - Parameters:
    ///   - reply: The grant.
    ///   - connection: Where it came from.
    func open(
        _ reply: RequestConnection.Reply,
        from connection: RequestConnection
    ) throws(DeviceError) -> Grant {
        guard let ticket = reply.object["ticket"]?.integerValue,
            let token = reply.object["token"]?.stringValue,
            let ticketClass = reply.object["class"]?.stringValue.flatMap(TicketClass.init)
        else { throw DeviceError(.internalError, "the manager's grant is incomplete") }
        var channels: [String: EngineChannel] = [:]
        for item in reply.object["channels"]?.arrayValue ?? [] where item["kind"] == "frames" {
            guard let model = item["model"]?.stringValue, let id = item["channel"]?.integerValue
            else { continue }
            guard let channel = state.withLock({ $0.channels[id] }) else {
                throw DeviceError(
                    .unavailable,
                    "the engine's channel is gone",
                    retryAfter: .seconds(1)
                )
            }
            channels[model] = channel
        }
        var sockets: [String: FileDescriptorBox] = [:]
        var engines: [String: String] = [:]
        for (item, socket) in Self.arrivals(reply) where item["kind"] == "http" {
            guard let model = item["model"]?.stringValue else { continue }
            sockets[model] = socket
            engines[model] = item["engine"]?.stringValue
        }
        return Grant(
            ticket: ticket,
            mailbox: mailbox(of: ticket),
            token: token,
            channels: channels,
            sockets: sockets,
            engines: engines,
            manager: connection,
            ticketClass: ticketClass,
            loading: .microseconds(reply.object["load_us"]?.integerValue ?? 0)
        )
    }

    /// Where the news of a ticket arrive after its grant.
    private func mailbox(of ticket: Int) -> TicketMailbox {
        if let known = state.withLock({ $0.mailboxes[ticket] }) { return known }
        // Taken away with all others when the connection was lost.
        let mailbox = TicketMailbox()
        mailbox.deliver(.lost)
        return mailbox
    }

    /// The entries of a grant that came with a descriptor, and that descriptor.
    private static func arrivals(
        _ reply: RequestConnection.Reply
    ) -> [(item: JSONValue, socket: FileDescriptorBox)] {
        let new = reply.object["channels"]?.arrayValue?.filter { $0["new"] == true } ?? []
        return Array(zip(new, reply.descriptors))
    }

    /// Hears no more about a ticket.
    func forget(_ ticket: Int) {
        state.withLock { _ = $0.mailboxes.removeValue(forKey: ticket) }
    }

    /// Takes what the manager says about a ticket that was granted before.
    func hear(_ reply: RequestConnection.Reply) {
        guard let ticket = reply.object["ticket"]?.integerValue else { return }
        let mailbox = state.withLock { $0.mailboxes[ticket] }
        switch reply.object["event"]?.stringValue {
        case "requeued": mailbox?.deliver(.requeued)
        case "granted": mailbox?.deliver(.granted(reply))
        case "yield":
            let grace = reply.object["grace_ms"]?.integerValue ?? 0
            mailbox?.deliver(.yield(.milliseconds(grace)))
        case "continue": mailbox?.deliver(.proceed)
        case "ended":
            let error = DeviceError(reply: reply.object)
            mailbox?.deliver(.ended(error ?? DeviceError(.cancelled, "the ticket has ended")))
        // A grant that nobody waits for any more; its channels are kept already.
        case nil where reply.object["status"] == "granted": forget(ticket)
        default: break
        }
    }

    /// Tells everybody that the manager has gone.
    func lose() {
        let mailboxes = state.withLock { state in
            let mailboxes = Array(state.mailboxes.values)
            state.mailboxes = [:]
            return mailboxes
        }
        for mailbox in mailboxes { mailbox.deliver(.lost) }
    }
}
