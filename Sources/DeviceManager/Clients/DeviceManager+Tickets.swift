internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

/// Tickets: what their clients and engines are told when the scheduler grants or ends them.
extension DeviceManager {
    func grant(_ id: TicketID) {
        if ownTickets.remove(id) != nil { return apply { $0.end(id, at: $1) } }
        guard let ticket = scheduler.ticket(id), var holder = holders[id],
            let client = clients[holder.client]
        else { return }
        let now = MonotonicTime.now
        if ticket.purpose == .load {
            note(ticket, holder, grantedAt: now)
            finish(id, .released, reply: ["status": "ok"])
            apply { $0.end(id, at: $1) }
            return
        }
        let token = Self.freshToken()
        let (list, descriptors) = open(id, holder.request, token, &holder, client)
        // Before the client knows: those who have left are shut out on every other engine too.
        revokeEndedPasses()
        holder.token = token
        let wasGranted = holder.wasGranted
        holder.wasGranted = true
        holders[id] = holder
        var message: JSONObject = [
            "status": "granted", "ticket": JSONValue(id.number), "token": .string(token),
            "class": .string(ticket.ticketClass.rawValue), "channels": .array(list),
            "load_us": JSONValue(ticket.loading.nanoseconds / 1000),
        ]
        if wasGranted {
            message["event"] = "granted"
            client.connection.send(message, descriptors: descriptors)
        } else {
            client.answer(holder.requestID, message, descriptors: descriptors)
        }
        // Last: the client waits for its answer, and nobody for what is counted.
        note(ticket, holder, grantedAt: now)
    }

    private func note(_ ticket: Ticket, _ holder: Holder, grantedAt now: MonotonicTime) {
        let request = holder.request
        gauges.granted(ticket, of: request.models, key: request.key, at: now)
        for model in request.models { countTurns(of: model) }
        publish(ticket.id, holder, "granted")
    }

    /// Opens the ways from a client to its engines; returns what the grant says of them.
    private func open(
        _ id: TicketID,
        _ request: TicketRequest,
        _ token: String,
        _ holder: inout Holder,
        _ client: ClientConnection
    ) -> ([JSONValue], [FileDescriptorBox]) {
        var list: [JSONValue] = []
        var descriptors: [FileDescriptorBox] = []
        holder.channels = []
        holder.servers = [:]
        for name in request.models {
            guard let generation = scheduler.residency(name)?.generation,
                let engine = engines[generation]
            else { continue }
            let descriptor: FileDescriptorBox?
            switch engine.link {
            case .frames(let link):
                let channel: Int
                (channel, descriptor) = self.channel(of: client, to: engine.generation, link)
                let pass = FrameLink.Pass(channel: channel, token: token)
                let ended = endedPasses.removeValue(forKey: generation)?.passes ?? []
                link.admit(pass, as: request.ticketClass, revoking: ended)
                holder.channels.append(
                    Holder.Access(generation: generation, link: link, channel: channel)
                )
                list.append([
                    "model": .string(name), "kind": "frames", "channel": JSONValue(channel),
                    "new": JSONValue(descriptor != nil),
                ])
            case .http(let link):
                holder.servers[name] = link
                descriptor = connection(over: link, for: id)
                // Without a connection there is no entry: the client finds no way and gives up.
                guard descriptor != nil else { continue }
                list.append([
                    "model": .string(name), "kind": "http", "new": true,
                    "engine": .string(engine.instance),
                ])
            }
            if let descriptor { descriptors.append(descriptor) }
        }
        return (list, descriptors)
    }

    /// The client's channel to an engine, and the client's end of it when it is new.
    private func channel(
        of client: ClientConnection,
        to generation: Generation,
        _ link: FrameLink
    ) -> (Int, FileDescriptorBox?) {
        if let known = client.channels[generation] { return (known, nil) }
        do {
            let (ours, theirs) = try Socket.pair()
            lastChannel += 1
            client.channels[generation] = lastChannel
            link.attach(channel: lastChannel, socket: theirs)
            return (lastChannel, ours)
        } catch {
            // Out of descriptors: the client finds no channel in its grant and gives up.
            logger.error("a channel could not be made", [("reason", error.description)])
            return (0, nil)
        }
    }

    private func connection(over link: HTTPLink, for id: TicketID) -> FileDescriptorBox? {
        do {
            return try link.connect(for: id)
        } catch {
            logger.error("an engine takes no connection", [("reason", error.description)])
            return nil
        }
    }

    /// One more connection to an HTTP engine under a ticket that is granted.
    func connection(to model: String, under id: TicketID) throws -> FileDescriptorBox {
        guard let holder = holders[id], holder.request.models.contains(model) else {
            throw DeviceError(.badRequest, "the ticket does not name '\(model)'")
        }
        guard holder.token != nil else {
            throw DeviceError(.notAdmitted, "ticket \(id.number) is not granted now")
        }
        guard let link = holder.servers[model] else {
            throw DeviceError(.badRequest, "the engine of '\(model)' is no HTTP server")
        }
        let count = link.count(for: id)
        guard count < clientLimits.engineConnectionsPerTicket else {
            throw ClientLimits.exceeded("the ticket has \(count) connections to '\(model)'")
        }
        guard let socket = connection(over: link, for: id) else {
            throw DeviceError(
                .unavailable,
                "the engine of '\(model)' takes no connection now",
                retryAfter: .seconds(1)
            )
        }
        return socket
    }

    // MARK: The end of a grant

    /// Takes the token and connections of a ticket under which nothing runs back from its engines.
    func revoke(_ id: TicketID) {
        for (access, pass) in takePasses(of: id) { access.link.revoke([pass]) }
    }

    /// Takes the ticket's token and connections back from its engines.
    ///
    /// What runs under the token goes on until its engine notices. The scheduler knows that before it
    /// hears of the ticket's end, so that nobody else gets the device beside such work.
    func callOff(_ id: TicketID) {
        for (access, pass) in takePasses(of: id) {
            access.link.revoke([pass])
            guard let name = engines[access.generation]?.model.name else { continue }
            lingering[access.generation, default: []].insert(pass.token)
            scheduler.lingers(name, access.generation, at: .now)
        }
    }

    /// An engine has no work under a token any more.
    func settle(_ token: String, _ name: String, _ generation: Generation) {
        guard lingering[generation]?.remove(token) != nil else { return }
        apply { $0.settled(name, generation, at: $1) }
    }

    func requeue(_ id: TicketID) {
        callOff(id)
        guard let holder = holders[id] else { return }
        publish(id, holder, "requeued")
        clients[holder.client]?.connection.send([
            "event": "requeued", "ticket": JSONValue(id.number),
        ])
    }

    func reject(_ id: TicketID, _ refusal: Refusal) {
        if ownTickets.remove(id) != nil {
            logger.warning("a model was not preloaded", [("reason", refusal.message)])
        }
        callOff(id)
        gauges.refused(refusal)
        let error = DeviceError(refusal.code, refusal.message, retryAfter: refusal.retryAfter)
        var reply = JSONObject([("status", "rejected")] + error.members)
        if let wait = refusal.predictedWait {
            reply["predicted_wait_ms"] = JSONValue(Int(wait.milliseconds.rounded(.up)))
        }
        finish(id, TicketOutcome(refusal.code), reply: reply)
    }

    /// Ends a ticket whose client knows or is gone.
    ///
    /// - Parameters:
    ///   - id: The ticket.
    ///   - outcome: How it ended.
    ///   - isProof: Whether its work was finished.
    func endTicket(_ id: TicketID, _ outcome: TicketOutcome, isProof: Bool = false) {
        if let ticket = scheduler.ticket(id), let request = holders[id]?.request {
            gauges.ended(ticket, of: request.models, key: request.key, at: .now)
        }
        callOff(id)
        _ = forget(id, outcome)
        apply { $0.end(id, isProof: isProof, at: $1) }
    }

    /// Tells the client that its ticket has ended, as a reply or as an event.
    func finish(_ id: TicketID, _ outcome: TicketOutcome, reply: JSONObject) {
        guard let holder = forget(id, outcome), let client = clients[holder.client] else { return }
        var reply = reply
        reply["ticket"] = JSONValue(id.number)
        if !holder.wasGranted { return client.answer(holder.requestID, reply) }
        reply["event"] = "ended"
        client.connection.send(reply)
    }

    private func forget(_ id: TicketID, _ outcome: TicketOutcome) -> Holder? {
        guard let holder = holders.removeValue(forKey: id) else { return nil }
        let isOver = !holder.wasGranted || outcome == .released || outcome == .cancelled
        leaseTicketEnded(id, isOver: isOver)
        progressBoard.forget(id)
        clients[holder.client]?.account.ticketEnded()
        publish(id, holder, "ended", more: ["outcome": .string(outcome.rawValue)])
        return holder
    }

    /// Takes the token of a ticket back that its client has given up, soon.
    ///
    /// Nothing runs under it any more, so it can wait until the next grant, with which it shares a
    /// message; each message wakes a thread of the engine.
    func revokeSoon(_ id: TicketID) {
        for (access, pass) in takePasses(of: id) {
            endedPasses[access.generation, default: (access.link, [])].passes.append(pass)
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
        for (link, passes) in endedPasses.values { link.revoke(passes) }
        endedPasses = [:]
    }

    /// Closes the ticket's connections and takes its passes out.
    private func takePasses(of id: TicketID) -> [(Holder.Access, FrameLink.Pass)] {
        guard let holder = holders[id], let token = holder.token else { return [] }
        holders[id]?.token = nil
        holders[id]?.channels = []
        holders[id]?.servers = [:]
        for link in holder.servers.values { link.cut(id) }
        return holder.channels.map { access in
            (access, FrameLink.Pass(channel: access.channel, token: token))
        }
    }

    static func freshToken() -> String {
        var generator = SystemRandomNumberGenerator()
        let number = generator.next() as UInt64
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
