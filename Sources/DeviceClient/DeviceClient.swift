package import DeviceProtocol
package import JSON
package import Logging
package import POSIX

/// What a service holds: its connection to the device manager.
///
/// Connects when it is first needed and again after the manager was restarted. Everything here may
/// be called from any task.
package final class DeviceClient: Sendable {
    private struct State {
        var connection: RequestConnection?
        var channels: [Int: EngineChannel] = [:]
        var mailboxes: [Int: TicketMailbox] = [:]
    }

    private let path: String
    private let name: String
    let loop: EventLoop
    private let logger: Logger
    private let state = Guarded(State())
    /// Runs tasks where the manager and the engines answer, which saves every request two thread
    /// changes; see `LoopTaskExecutor` for what such tasks may do.
    package let executor: LoopTaskExecutor

    /// How long the manager may take to notice that an engine is gone.
    private static let noticeLimit = Duration.seconds(10)

    /// Creates a client that has not connected yet.
    ///
    /// - Parameters:
    ///   - path: The device socket.
    ///   - name: What the manager's status calls this client.
    ///   - loop: Where frames are received.
    ///   - logger: Where it speaks.
    package init(path: String, name: String, loop: EventLoop, logger: Logger) {
        self.path = path
        self.name = name
        self.loop = loop
        self.logger = logger
        executor = LoopTaskExecutor(loop)
    }

    // MARK: Tickets

    /// Runs work on models while they are granted.
    ///
    /// When an engine is lost in the middle, the manager queues the ticket again and `body` is run
    /// once more with the new grant; so it must be safe to repeat. The ticket ends when `body` does.
    ///
    /// - Parameters:
    ///   - models: The models, taken together.
    ///   - ticketClass: Who goes first.
    ///   - key: Whose share it counts against; the manager's default when nil.
    ///   - deadline: How long to wait for the grant; nil means as long as it takes.
    ///   - body: The work.
    /// - Returns: What `body` returns.
    /// - Throws: `DeviceError` when there is no grant, or whatever `body` throws.
    package func withTicket<Value: Sendable>(
        models: [String],
        ticketClass: TicketClass,
        key: String? = nil,
        deadline: Duration? = nil,
        _ body: (Grant) async throws -> Value
    ) async throws -> Value {
        let connection = try connect()
        var request: JSONObject = [
            "action": "acquire", "models": .array(models.map { .string($0) }),
            "class": .string(ticketClass.rawValue),
        ]
        if let key { request["key"] = .string(key) }
        if let deadline { request["deadline_ms"] = JSONValue(Int(deadline.milliseconds)) }
        let reply = try await connection.call(request)
        let mailbox = TicketMailbox()
        var grant = try open(reply, mailbox)
        let ticket = grant.ticket
        defer { release(ticket, connection) }
        do {
            return try await body(grant)
        } catch let error as DeviceError where error.isLostEngine && !Task.isCancelled {
            logger.warning("an engine was lost, trying once more", [("reason", error.message)])
            grant = try await nextGrant(mailbox, after: error)
            return try await body(grant)
        }
    }

    private func nextGrant(
        _ mailbox: TicketMailbox,
        after error: DeviceError
    ) async throws(DeviceError) -> Grant {
        var limit: Duration? = Self.noticeLimit
        while true {
            switch await mailbox.next(on: loop, within: limit) {
            case .requeued: limit = nil
            case .granted(let reply): return try open(reply, mailbox)
            case .ended(let reason): throw reason
            case nil: throw error
            }
        }
    }

    private func open(
        _ reply: RequestConnection.Reply,
        _ mailbox: TicketMailbox
    ) throws(DeviceError) -> Grant {
        guard let ticket = reply.object["ticket"]?.integerValue,
            let token = reply.object["token"]?.stringValue
        else { throw DeviceError(.internalError, "the manager's grant is incomplete") }
        var channels: [String: EngineChannel] = [:]
        for item in reply.object["channels"]?.arrayValue ?? [] {
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
        state.withLock { $0.mailboxes[ticket] = mailbox }
        return Grant(ticket: ticket, token: token, channels: channels)
    }

    /// Keeps the channels that come with a grant, whoever waits for it.
    ///
    /// The manager passes each channel once, with the first grant that needs it; later ones only
    /// name it, and the tasks of both may run on in any order.
    private func adopt(_ reply: RequestConnection.Reply) {
        var sockets = reply.descriptors[...]
        for item in reply.object["channels"]?.arrayValue ?? [] {
            guard item["new"] == true, let id = item["channel"]?.integerValue,
                let socket = sockets.popFirst()
            else { continue }
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

    private func release(_ ticket: Int, _ connection: RequestConnection) {
        state.withLock { _ = $0.mailboxes.removeValue(forKey: ticket) }
        connection.send(["action": "release", "ticket": JSONValue(ticket)])
    }

    // MARK: Models and status

    /// Makes a model resident, and returns when it is.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - ticketClass: In which class the loading runs.
    /// - Throws: `DeviceError`.
    package func load(_ model: String, ticketClass: TicketClass) async throws(DeviceError) {
        _ = try await connect().call([
            "action": "load", "model": .string(model), "class": .string(ticketClass.rawValue),
        ])
    }

    /// Takes a model out of memory when no ticket needs it; returns when the memory is back.
    ///
    /// - Parameter model: The model.
    /// - Throws: `DeviceError`.
    package func unload(_ model: String) async throws(DeviceError) {
        _ = try await connect().call(["action": "unload", "model": .string(model)])
    }

    /// The manager's report of devices, models and tickets.
    ///
    /// - Returns: The report.
    /// - Throws: `DeviceError`; `unavailable` when no manager answers.
    package func status() async throws(DeviceError) -> JSONValue {
        let reply = try await connect().call(["action": "status"])
        return reply.object["device"] ?? .null
    }

    /// Ends the connection; waiting calls fail.
    package func close() {
        state.withLock { $0.connection.take() }?.close()
    }

    // MARK: The connection

    private func connect() throws(DeviceError) -> RequestConnection {
        do {
            // Under the lock, or two first callers would each connect and one lose its tickets.
            return try state.withLock { state throws(SystemError) in
                if let open = state.connection, open.isOpen { return open }
                let made = try open()
                state.connection = made
                return made
            }
        } catch {
            throw DeviceError(
                .unavailable,
                "the device manager does not answer: \(error.description)",
                retryAfter: .seconds(1)
            )
        }
    }

    private func open() throws(SystemError) -> RequestConnection {
        let socket = FileDescriptorBox(try Socket.connect(to: path))
        let connection = try RequestConnection(
            socket: socket,
            loop: loop,
            arrived: { [weak self] in self?.adopt($0) },
            events: { [weak self] in self?.hear($0) },
            closed: { [weak self] _ in self?.lost() }
        )
        connection.send(["action": "hello", "client": .string(name)])
        return connection
    }

    private func hear(_ reply: RequestConnection.Reply) {
        guard let ticket = reply.object["ticket"]?.integerValue else { return }
        let mailbox = state.withLock { $0.mailboxes[ticket] }
        switch reply.object["event"]?.stringValue {
        case "requeued": mailbox?.deliver(.requeued)
        case "granted": mailbox?.deliver(.granted(reply))
        case "ended":
            let error = DeviceError(reply: reply.object)
            mailbox?.deliver(.ended(error ?? DeviceError(.cancelled, "the ticket has ended")))
        // A grant that nobody waits for any more; its channels are kept already.
        default: break
        }
    }

    private func lost() {
        let mailboxes = state.withLock { state in
            let mailboxes = Array(state.mailboxes.values)
            state.mailboxes = [:]
            return mailboxes
        }
        let error = DeviceError(
            .unavailable,
            "the device manager has gone",
            retryAfter: .seconds(1)
        )
        for mailbox in mailboxes { mailbox.deliver(.ended(error)) }
    }
}

/// A ticket's models, ready to be used.
package struct Grant: Sendable {
    let ticket: Int
    let token: String
    let channels: [String: EngineChannel]

    /// The channel to a model's engine.
    ///
    /// - Parameter model: One of the ticket's models.
    /// - Throws: `DeviceError` when the manager could not make a channel.
    package func engine(_ model: String) throws(DeviceError) -> EngineChannel {
        guard let channel = channels[model] else {
            throw DeviceError(
                .unavailable,
                "there is no channel to '\(model)'",
                retryAfter: .seconds(1)
            )
        }
        return channel
    }

    /// Runs a graph of a model; see `EngineChannel`.
    ///
    /// - Parameters:
    ///   - graph: The graph's name.
    ///   - model: One of the ticket's models.
    ///   - inputs: The inputs by name.
    ///   - outputs: Room for each output by name.
    /// - Returns: The outputs' places and real shapes.
    /// - Throws: `DeviceError`.
    package func infer(
        _ graph: String,
        of model: String,
        inputs: [String: InputTensor],
        outputs: [String: OutputRoom]
    ) async throws(DeviceError) -> Inference {
        try await engine(model).infer(graph, token: token, inputs: inputs, outputs: outputs)
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
