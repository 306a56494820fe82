internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

/// Tickets: what their clients and engines are told when the scheduler grants or ends them.
extension DeviceManager {
    func grant(_ id: TicketID) {
        guard let ticket = scheduler.tickets[id], var holder = holders[id],
            let client = clients[holder.client]
        else { return }
        gauges.granted(ticket, at: .now)
        if ticket.request.purpose == .load {
            finish(id, reply: ["status": "ok"])
            apply { $0.end(id, at: $1) }
            return
        }
        let token = Self.freshToken()
        var list: [JSONValue] = []
        var descriptors: [FileDescriptorBox] = []
        holder.engines = []
        for name in ticket.request.models {
            guard let generation = scheduler.residencies[name]?.generation,
                let engine = engines[generation]
            else { continue }
            let (channel, descriptor) = channel(of: client, to: engine)
            let pass = EngineProcess.Pass(channel: channel, token: token)
            let ended = endedPasses.removeValue(forKey: generation)?.passes ?? []
            engine.admit(pass, as: ticket.request.ticketClass, revoking: ended)
            holder.engines.append((engine, channel))
            list.append([
                "model": .string(name), "channel": JSONValue(channel),
                "new": JSONValue(descriptor != nil),
            ])
            if let descriptor { descriptors.append(descriptor) }
        }
        // Before the client knows: those who have left are shut out on every other engine too.
        revokeEndedPasses()
        holder.token = token
        var message: JSONObject = [
            "status": "granted", "ticket": JSONValue(id.number), "token": .string(token),
            "channels": .array(list),
        ]
        if holder.wasGranted {
            message["event"] = "granted"
        } else {
            message["request_id"] = JSONValue(holder.requestID)
        }
        holder.wasGranted = true
        holders[id] = holder
        client.connection.send(message, descriptors: descriptors)
    }

    /// The client's channel to an engine, and the client's end of it when it is new.
    private func channel(
        of client: ClientConnection,
        to engine: EngineProcess
    ) -> (Int, FileDescriptorBox?) {
        if let known = client.channels[engine.generation] { return (known, nil) }
        do {
            let (ours, theirs) = try Socket.pair()
            lastChannel += 1
            client.channels[engine.generation] = lastChannel
            engine.attach(channel: lastChannel, socket: theirs)
            return (lastChannel, ours)
        } catch {
            // Out of descriptors: the client finds no channel in its grant and gives up.
            logger.error("a channel could not be made", [("reason", error.description)])
            return (0, nil)
        }
    }

    func requeue(_ id: TicketID) {
        revoke(id)
        guard let holder = holders[id] else { return }
        clients[holder.client]?.connection.send([
            "event": "requeued", "ticket": JSONValue(id.number),
        ])
    }

    func reject(_ id: TicketID, _ refusal: Refusal) {
        revoke(id)
        gauges.refused(refusal)
        let error = DeviceError(refusal.code, refusal.message, retryAfter: refusal.retryAfter)
        finish(id, reply: JSONObject([("status", "rejected")] + error.members))
    }

    /// Tells the client that its ticket has ended, as a reply or as an event.
    func finish(_ id: TicketID, reply: JSONObject) {
        guard let holder = holders.removeValue(forKey: id) else { return }
        var reply = reply
        reply["ticket"] = JSONValue(id.number)
        if holder.wasGranted {
            reply["event"] = "ended"
        } else {
            reply["request_id"] = JSONValue(holder.requestID)
        }
        clients[holder.client]?.connection.send(reply)
    }

    /// Takes the ticket's token back from its engines.
    func revoke(_ id: TicketID) {
        for (engine, pass) in takePasses(of: id) { engine.revoke([pass]) }
    }

    /// Takes the token of a ticket back that its client has given up, soon.
    ///
    /// Nothing runs under it any more, so it can wait until the next grant, with which it shares a
    /// message; each message wakes a thread of the engine.
    func revokeSoon(_ id: TicketID) {
        for (engine, pass) in takePasses(of: id) {
            endedPasses[engine.generation, default: (engine, [])].passes.append(pass)
        }
        guard !endedPasses.isEmpty, revoking == nil else { return }
        revoking = loop.schedule(at: .now + Self.revocationDelay) { [self] in
            assumeIsolated { $0.revokeEndedPasses() }
        }
    }

    /// How long an engine may go without hearing that a client has given its ticket up.
    private static let revocationDelay = Duration.milliseconds(2)

    private func revokeEndedPasses() {
        if let revoking { loop.cancel(revoking) }
        revoking = nil
        for (engine, passes) in endedPasses.values { engine.revoke(passes) }
        endedPasses = [:]
    }

    private func takePasses(of id: TicketID) -> [(EngineProcess, EngineProcess.Pass)] {
        guard let holder = holders[id], let token = holder.token else { return [] }
        holders[id]?.token = nil
        holders[id]?.engines = []
        return holder.engines.map { engine, channel in
            (engine, EngineProcess.Pass(channel: channel, token: token))
        }
    }
}
