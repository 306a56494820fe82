internal import DeviceProtocol
internal import JSON
internal import Logging
package import POSIX

/// The device socket: who connects, and what each action means.
extension DeviceManager {
    /// The version of the protocol, told in the reply to `hello`.
    static let protocolVersion = 1

    /// Serves the device socket until `stop` is called with the result.
    ///
    /// - Parameters:
    ///   - path: Where to listen; at most 107 bytes.
    ///   - mode: Who may connect, as permission bits.
    /// - Throws: `SystemError`; `EADDRINUSE` when another manager lives.
    package func listen(at path: String, mode: UInt32) throws(SystemError) {
        let listener = FileDescriptorBox(try Socket.listen(at: path, mode: mode))
        // Watched for the life of the process.
        _ = try loop.watch(listener.number, for: .readable) { [self] _ in
            assumeIsolated { $0.accept(from: listener) }
        }
        logger.info("listening", [("socket", path)])
    }

    private func accept(from listener: FileDescriptorBox) {
        do {
            while let socket = try Socket.accept(from: listener) { try serve(socket) }
        } catch {
            logger.error("a client could not be served", [("reason", "\(error)")])
        }
    }

    /// Serves a connected socket as a client.
    ///
    /// - Parameter socket: One end of a Unix socket.
    /// - Throws: `SystemError` when it cannot be watched.
    package func serve(_ socket: FileDescriptorBox) throws(SystemError) {
        let id = freshClient()
        let handlers = FrameConnection.Handlers(
            frame: { [self] frame, _ in assumeIsolated { $0.handle(frame, from: id) } },
            closed: { [self] reason in assumeIsolated { $0.left(id, reason) } }
        )
        let connection = try FrameConnection(socket: socket, loop: loop, handlers: handlers)
        clients[id] = ClientConnection(id: id, connection: connection)
    }

    private func left(_ id: ClientID, _ reason: String?) {
        guard let client = clients.removeValue(forKey: id) else { return }
        if let reason {
            logger.warning("a client was cut off", [("client", client.name), ("reason", reason)])
        }
        unloadWaiters.removeAll { $0.client == id }
        for ticket in holders.filter({ $0.value.client == id }).keys.sorted() { endTicket(ticket) }
    }

    private func endTicket(_ id: TicketID) {
        revoke(id)
        holders.removeValue(forKey: id)
        apply { $0.end(id, at: $1) }
    }

    // MARK: Actions

    private func handle(_ frame: JSONObject, from id: ClientID) {
        guard let client = clients[id] else { return }
        let requestID = frame["request_id"]?.integerValue
        do {
            let fields = try JSONFields(.object(frame))
            let action = try fields.require("action", fields.string("action"))
            if let reply = try perform(action, fields, client, requestID) {
                answer(client, requestID, reply)
            }
        } catch let error as DeviceError {
            answer(client, requestID, JSONObject(error.members))
        } catch {
            let wrong = DeviceError(.badRequest, "\(error)")
            answer(client, requestID, JSONObject(wrong.members))
        }
    }

    private func answer(_ client: ClientConnection, _ requestID: Int?, _ reply: JSONObject) {
        // Who names no request wants no reply.
        guard let requestID else { return }
        var reply = reply
        reply["request_id"] = JSONValue(requestID)
        client.connection.send(reply)
    }

    /// Performs an action; nil when the reply comes later.
    private func perform(
        _ action: String,
        _ fields: JSONFields,
        _ client: ClientConnection,
        _ requestID: Int?
    ) throws -> JSONObject? {
        switch action {
        case "hello":
            if let name = try fields.string("client") { client.name = String(name.prefix(64)) }
            return ["status": "ok", "version": JSONValue(Self.protocolVersion)]
        case "ping":
            return ["status": "ok"]
        case "status":
            return ["status": "ok", "device": statusReport()]
        case "acquire":
            try acquire(fields, client, requestID, purpose: .use)
            return nil
        case "load":
            try acquire(fields, client, requestID, purpose: .load)
            return nil
        case "cancel":
            try cancel(fields, client)
            return ["status": "ok"]
        case "release":
            let id = try ticket(fields, client)
            revokeSoon(id)
            endTicket(id)
            return ["status": "ok"]
        case "idle", "busy":
            return try change(fields, client, requestID, isBusy: action == "busy")
        case "unload":
            return try unload(fields, client, requestID)
        case "pin":
            let model = try model(fields)
            let isPinned = try fields.require("pinned", fields.bool("pinned"))
            apply { $0.pin(model, isPinned, at: $1) }
            return ["status": "ok"]
        default:
            throw DeviceError(.badRequest, "there is no action '\(action)'")
        }
    }

    private func acquire(
        _ fields: JSONFields,
        _ client: ClientConnection,
        _ requestID: Int?,
        purpose: TicketRequest.Purpose
    ) throws {
        guard let requestID else {
            throw DeviceError(.badRequest, "'request_id' is missing")
        }
        let word = try fields.string("class") ?? TicketClass.interactive.rawValue
        guard let ticketClass = TicketClass(rawValue: word) else {
            throw fields.error("class", "must be 'realtime', 'interactive' or 'background'")
        }
        let patience = try fields.integer("deadline_ms", in: 0...Int(Int32.max))
        let single = try fields.string("model").map { [$0] }
        let request = TicketRequest(
            models: try fields.strings("models") ?? single ?? [],
            ticketClass: ticketClass,
            key: try fields.string("key") ?? client.defaultKey,
            deadline: patience.map { .now + .milliseconds($0) },
            purpose: purpose
        )
        let owner = client.id
        apply { [self] scheduler, now in
            let (ticket, actions) = scheduler.ask(request, at: now)
            assumeIsolated { manager in
                manager.holders[ticket] = Holder(client: owner, requestID: requestID)
            }
            return actions
        }
    }

    private func cancel(_ fields: JSONFields, _ client: ClientConnection) throws {
        let target = try fields.require("target", fields.integer("target"))
        let match = holders.first { $0.value.client == client.id && $0.value.requestID == target }
        // A ticket that has ended needs no cancelling.
        guard let id = match?.key else { return }
        endTicket(id)
    }

    private func change(
        _ fields: JSONFields,
        _ client: ClientConnection,
        _ requestID: Int?,
        isBusy: Bool
    ) throws -> JSONObject? {
        let id = try ticket(fields, client)
        if !isBusy { revoke(id) }
        apply { $0.change(id, isBusy: isBusy, at: $1) }
        return ["status": "ok"]
    }

    private func unload(
        _ fields: JSONFields,
        _ client: ClientConnection,
        _ requestID: Int?
    ) throws -> JSONObject? {
        let model = try model(fields)
        if let requestID { unloadWaiters.append((model, client.id, requestID)) }
        apply { $0.unload(model, at: $1) }
        return nil
    }

    private func model(_ fields: JSONFields) throws -> String {
        let name = try fields.require("model", fields.string("model"))
        guard models[name] != nil else {
            throw DeviceError(.unknownModel, "there is no model '\(name)'")
        }
        return name
    }

    private func ticket(_ fields: JSONFields, _ client: ClientConnection) throws -> TicketID {
        let number = try fields.require("ticket", fields.integer("ticket"))
        let id = TicketID(number)
        guard holders[id]?.client == client.id else {
            throw DeviceError(.unknownTicket, "ticket \(number) has ended or is another client's")
        }
        return id
    }
}
