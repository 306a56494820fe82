package import DeviceProtocol
internal import JSON
package import POSIX

/// A ticket's models, ready to be used.
package struct Grant: Sendable {
    let ticket: Int
    let mailbox: TicketMailbox
    let token: String
    let channels: [String: EngineChannel]
    let sockets: [String: FileDescriptorBox]
    /// What tells the engines that are HTTP servers from all others, by model.
    package let engines: [String: String]
    let manager: RequestConnection
    /// The class that counts; below the one that was asked for where this user has a ceiling.
    package let ticketClass: TicketClass
    /// How much of the wait was spent on loading the models.
    package let loading: Duration

    /// The channel to a model's engine.
    ///
    /// - Parameter model: One of the ticket's models.
    /// - Throws: `DeviceError` when the manager could not make a channel.
    package func engine(_ model: String) throws(DeviceError) -> EngineChannel {
        guard let channel = channels[model] else { throw Self.missing(model) }
        return channel
    }

    /// The connection to a model's engine that is an HTTP server.
    ///
    /// The same one at each call; non-blocking. The manager shuts it down when the ticket is over or
    /// taken back. To call a request off, shut it down rather than close it: the manager holds the
    /// connection too.
    ///
    /// - Parameter model: One of the ticket's models.
    /// - Throws: `DeviceError` when the engine took no connection, or is no HTTP server.
    package func socket(to model: String) throws(DeviceError) -> FileDescriptorBox {
        guard let socket = sockets[model] else { throw Self.missing(model) }
        return socket
    }

    /// One more connection to a model's engine that is an HTTP server.
    ///
    /// - Parameter model: One of the ticket's models.
    /// - Throws: `DeviceError`; `queueFull` when the ticket has as many as it may have.
    package func connect(to model: String) async throws(DeviceError) -> FileDescriptorBox {
        let reply = try await manager.call([
            "action": "connect", "ticket": JSONValue(ticket), "model": .string(model),
        ])
        guard let socket = reply.descriptors.first else { throw Self.missing(model) }
        return socket
    }

    /// Device time since the grant, without the time in which the engine was stopped for others.
    ///
    /// - Throws: `DeviceError`.
    package func held() async throws(DeviceError) -> Duration {
        let reply = try await manager.call(["action": "held", "ticket": JSONValue(ticket)])
        return .nanoseconds(1000 * Int64(reply.object["held_us"]?.integerValue ?? 0))
    }

    /// Tells the manager how far the work is; seen in its status and by subscribers.
    ///
    /// - Parameters:
    ///   - done: Units of work that are done; 0 or more.
    ///   - total: Units in all; nil when nobody knows.
    package func report(progress done: Int, of total: Int? = nil) {
        var frame: JSONObject = [
            "action": "progress", "ticket": JSONValue(ticket), "done": JSONValue(done),
        ]
        if let total { frame["total"] = JSONValue(total) }
        manager.send(frame)
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

    private static func missing(_ model: String) -> DeviceError {
        DeviceError(.unavailable, "there is no channel to '\(model)'", retryAfter: .seconds(1))
    }
}
