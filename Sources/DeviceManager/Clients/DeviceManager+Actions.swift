internal import DeviceProtocol
internal import JSON
internal import POSIX

/// What each action of a client means.
extension DeviceManager {
    /// The version of the protocol, told in the reply to `hello`.
    static let protocolVersion = 1

    func handle(_ frame: JSONObject, from id: ClientID) {
        guard let client = clients[id] else { return }
        var requestID: Int?
        do {
            let fields = try JSONFields(.object(frame))
            let named = try fields.integer("request_id")
            if let named, client.account.requests.contains(named) {
                // Under that number its reply would be taken for the other's.
                throw DeviceError(.badRequest, "request \(named) is not answered yet")
            }
            requestID = named
            let action = try fields.require("action", fields.string("action"))
            let reply = try perform(action, fields, client, requestID)
            if let reply, let requestID { client.answer(requestID, reply) }
        } catch let error as DeviceError {
            complain(error, to: client, requestID)
        } catch {
            complain(DeviceError(.badRequest, "\(error)"), to: client, requestID)
        }
    }

    /// Answers with an error; who names no request hears of it in an event.
    private func complain(_ error: DeviceError, to client: ClientConnection, _ requestID: Int?) {
        if let requestID { return client.answer(requestID, JSONObject(error.members)) }
        client.connection.send(JSONObject([("event", "error")] + error.members))
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
        case "ping": return ["status": "ok"]
        case "status": return ["status": "ok", "device": statusReport()]
        case "subscribe": return try subscribe(fields, client)
        case "unsubscribe": return unsubscribe(client)
        case "parted": return try parted(fields, client)
        case "load", "unload", "pin", "define":
            guard client.rights.mayManage else {
                throw DeviceError(
                    .forbidden,
                    "this user may not define, load, unload or pin models"
                )
            }
            if action == "define" { return try define(fields, client) }
            return try manage(action, fields, client, requestID)
        default: return try performOnTicket(action, fields, client, requestID)
        }
    }

    private func performOnTicket(
        _ action: String,
        _ fields: JSONFields,
        _ client: ClientConnection,
        _ requestID: Int?
    ) throws -> JSONObject? {
        switch action {
        case "acquire":
            try acquire(fields, client, requestID, purpose: .use)
            return nil
        case "lease":
            try lease(fields, client, requestID)
            return nil
        case "yielded":
            try yielded(fields, client)
            return ["status": "ok"]
        case "cancel":
            try cancel(fields, client)
            return ["status": "ok"]
        case "release":
            if try endedLease(fields, client) { return ["status": "ok"] }
            let isFinished = try fields.bool("failed") != true
            release(try ticket(fields, client), isFinished: isFinished)
            return ["status": "ok"]
        case "idle", "busy":
            let id = try ticket(fields, client)
            guard leases[id] == nil else {
                throw DeviceError(.badRequest, "a lease yields; it is never idle")
            }
            change(id, isBusy: action == "busy")
            return ["status": "ok"]
        case "progress": return try progress(fields, client)
        case "held": return try held(fields, client)
        case "connect":
            try connect(fields, client, requestID)
            return nil
        default: throw DeviceError(.badRequest, "there is no action '\(action)'")
        }
    }

    // MARK: Models

    private func manage(
        _ action: String,
        _ fields: JSONFields,
        _ client: ClientConnection,
        _ requestID: Int?
    ) throws -> JSONObject? {
        switch action {
        case "load":
            try acquire(fields, client, requestID, purpose: .load)
            return nil
        case "unload":
            let model = try model(fields)
            if let requestID {
                try client.account.open(requestID)
                unloadWaiters.append((model, client.id, requestID))
            }
            apply { $0.unload(model, at: $1) }
            return nil
        default:
            let model = try model(fields)
            let isPinned = try fields.require("pinned", fields.bool("pinned"))
            if let requestID { try client.account.open(requestID) }
            pin(model, isPinned, for: client.id, requestID)
            return nil
        }
    }

    private func model(_ fields: JSONFields) throws -> String {
        let name = try fields.require("model", fields.string("model"))
        guard models[name] != nil else {
            throw DeviceError(.unknownModel, "there is no model '\(name)'")
        }
        return name
    }

    // MARK: Tickets

    private func acquire(
        _ fields: JSONFields,
        _ client: ClientConnection,
        _ requestID: Int?,
        purpose: TicketRequest.Purpose
    ) throws {
        guard let requestID else { throw fields.error("request_id", "is missing") }
        let single = try fields.string("model").map { [$0] }
        let names = try fields.strings("models") ?? single ?? []
        guard names.count <= Socket.maximumDescriptors else {
            let most = Socket.maximumDescriptors
            throw DeviceError(.setTooLarge, "a ticket names at most \(most) models")
        }
        if let lease = names.first(where: leaseModels.contains) {
            throw DeviceError(.unknownModel, "there is no model '\(lease)'")
        }
        let request = try ticketRequest(names, fields, client, purpose: purpose)
        let keepAlive = try fields.integer("keep_alive_ms")
        guard keepAlive == nil || client.rights.mayManage else {
            throw DeviceError(.forbidden, "this user may not say how long models stay")
        }
        try client.account.openTicket(for: requestID)
        if let keepAlive {
            let span: Duration? = keepAlive < 0 ? nil : .milliseconds(keepAlive)
            for name in names { scheduler.keep(name, span) }
        }
        ask(request, for: requestID, of: client.id)
    }

    /// What a client wants, as the scheduler is asked.
    func ticketRequest(
        _ names: [String],
        _ fields: JSONFields,
        _ client: ClientConnection,
        purpose: TicketRequest.Purpose
    ) throws -> TicketRequest {
        let word = try fields.string("class")
        let named = word.flatMap(TicketClass.init)
        guard word == nil || named != nil else {
            throw fields.error("class", "must be 'realtime', 'interactive' or 'background'")
        }
        let patience = try fields.integer("deadline_ms", in: 0...Int(Int32.max))
        let wish = named ?? names.first.flatMap { models[$0]?.usualClass } ?? .interactive
        var request = TicketRequest(
            models: names,
            ticketClass: min(wish, client.rights.ceiling),
            key: try keyName("key", fields) ?? client.defaultKey,
            subKey: try keyName("sub_key", fields),
            deadline: patience.map { .now + .milliseconds($0) },
            purpose: purpose
        )
        request.work = try fields.integer("work", in: 1...Int(Int32.max))
        return request
    }

    /// Asks the scheduler for a ticket.
    ///
    /// - Parameter prepare: Called when the ticket has its number and nothing has been done for it.
    func ask(
        _ request: TicketRequest,
        for requestID: Int,
        of client: ClientID,
        prepare: @escaping @Sendable (isolated DeviceManager, TicketID) -> Void = { _, _ in }
    ) {
        let holder = Holder(client: client, requestID: requestID, request: request)
        apply { [self] scheduler, now in
            let (ticket, actions) = scheduler.ask(request, at: now)
            assumeIsolated { manager in
                manager.holders[ticket] = holder
                prepare(manager, ticket)
                manager.publish(ticket, holder, "asked")
            }
            return actions
        }
    }

    /// A name under which shares are kept; they are kept for a while, so it must not be any text.
    private func keyName(_ member: String, _ fields: JSONFields) throws -> String? {
        guard let name = try fields.string(member) else { return nil }
        guard !name.isEmpty, name.utf8.count <= Self.longestKey else {
            throw fields.error(member, "must have 1 to \(Self.longestKey) bytes")
        }
        return name
    }

    private static let longestKey = 256

    private func cancel(_ fields: JSONFields, _ client: ClientConnection) throws {
        let target = try fields.require("target", fields.integer("target"))
        if let index = unloadWaiters.firstIndex(where: {
            $0.client == client.id && $0.requestID == target
        }) {
            unloadWaiters.remove(at: index)
            return client.answer(target, Self.withdrawal)
        }
        let match = holders.first { $0.value.client == client.id && $0.value.requestID == target }
        // A ticket that has ended needs no cancelling.
        if let id = match?.key { withdraw(id) }
    }

    private func release(_ id: TicketID, isFinished: Bool) {
        // Who waits for a grant learns that none comes.
        guard holders[id]?.wasGranted == true else { return withdraw(id) }
        // Nothing runs any more for a client that has finished.
        if isFinished { revokeSoon(id) }
        // A client that lost its engine may say so before the engine's process is reaped.
        endTicket(id, .released, isProof: isFinished)
    }

    /// Device time of the present grant, without the time in which the engine was stopped.
    private func held(_ fields: JSONFields, _ client: ClientConnection) throws -> JSONObject {
        let id = try ticket(fields, client)
        let span = scheduler.ticket(id)?.heldSinceGrant(at: .now) ?? .zero
        return ["status": "ok", "held_us": JSONValue(Int(span.nanoseconds / 1000))]
    }

    private func withdraw(_ id: TicketID) {
        callOff(id)
        finish(id, .cancelled, reply: Self.withdrawal)
        apply { $0.end(id, isProof: false, at: $1) }
    }

    private static let withdrawal = JSONObject(
        [("status", "rejected")]
            + DeviceError(.cancelled, "the request was taken back").members
    )

    private func change(_ id: TicketID, isBusy: Bool) {
        let before = scheduler.ticket(id)?.state
        if let holder = holders[id], before == (isBusy ? .idle : .busy) {
            publish(id, holder, isBusy ? "busy" : "idle")
        }
        if !isBusy { revoke(id) }
        apply { $0.change(id, isBusy: isBusy, at: $1) }
    }

    private func connect(
        _ fields: JSONFields,
        _ client: ClientConnection,
        _ requestID: Int?
    ) throws {
        guard let requestID else { throw fields.error("request_id", "is missing") }
        let id = try ticket(fields, client)
        let model = try model(fields)
        let socket = try connection(to: model, under: id)
        let reply: JSONObject = ["status": "ok", "model": .string(model), "kind": "http"]
        client.answer(requestID, reply, descriptors: [socket])
    }

    func ticket(_ fields: JSONFields, _ client: ClientConnection) throws -> TicketID {
        let number = try fields.require("ticket", fields.integer("ticket"))
        guard let known = holders.index(forKey: TicketID(number)),
            holders[known].value.client == client.id
        else {
            throw DeviceError(.unknownTicket, "ticket \(number) has ended or is another client's")
        }
        return holders[known].key
    }
}
