internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

/// Leases: programs outside that drive a device themselves, in turns with our engines.
///
/// A client asks for a lease as for a ticket, starts its program when that is granted, stops and
/// continues it when told, and releases the lease when the program has ended. The scheduler takes the
/// program for an engine whose process it must ask.
extension DeviceManager {
    /// Asks for a device; answered like `acquire`.
    func lease(
        _ fields: JSONFields,
        _ client: ClientConnection,
        _ requestID: Int?
    ) throws {
        let device = try fields.require("device", fields.string("device"))
        guard let description = scheduler.deviceDescriptions.first(where: { $0.name == device })
        else { throw fields.error("device", "is unknown: '\(device)'") }
        guard description.rule.stops else {
            let rule = description.rule.word
            throw fields.error("device", "takes turns by '\(rule)'; only 'stopProcess' is leased")
        }
        let bytes = try fields.integer("memory_bytes", in: 0...Int.max) ?? 0
        let grace = try fields.integer("grace_ms", in: 100...60_000) ?? 5000
        let taken = leases.values.map(\.model)
        let free = Lease.models(of: device).first { name in
            !taken.contains(name) && scheduler.residency(name)?.state == .absent
        }
        guard let name = free else {
            throw DeviceError(
                .queueFull,
                "'\(device)' has \(Lease.limit) leases already",
                retryAfter: .seconds(1)
            )
        }
        let request = try ticketRequest([name], fields, client, purpose: .use)
        guard let requestID else { throw fields.error("request_id", "is missing") }
        try client.account.openTicket(for: requestID)
        let patience = Duration.milliseconds(grace)
        let lease = Lease(model: name, client: client.id, patience: patience)
        apply { scheduler, _ in
            scheduler.describe(name, bytes: bytes, patience: patience)
            return []
        }
        ask(request, for: requestID, of: client.id) { $0.leases[$1] = lease }
    }

    /// A client says that its program does not run any more.
    func yielded(_ fields: JSONFields, _ client: ClientConnection) throws {
        let id = try ticket(fields, client)
        guard let model = leases[id]?.model else {
            throw DeviceError(.badRequest, "ticket \(id.number) is no lease")
        }
        guard let generation = scheduler.residency(model)?.generation else { return }
        apply { $0.yielded(model, generation, at: $1) }
    }

    // MARK: What the scheduler decides

    /// A lease needs no loading.
    func launchLease(_ model: String, _ generation: Generation) {
        apply { $0.engineReady(model, generation, bytes: nil, at: $1) }
    }

    /// Tells a lease's client to yield, or to go on.
    func tell(_ model: String, _ event: String) {
        guard let (id, lease) = leases.first(where: { $0.value.model == model }) else { return }
        clients[lease.client]?.connection.send([
            "event": .string(event), "ticket": JSONValue(id.number),
            "grace_ms": JSONValue(Int(lease.patience.milliseconds)),
        ])
    }

    /// The scheduler wants a lease's program gone; it is, unless its client still has to say so.
    func endLease(_ model: String, _ generation: Generation) {
        guard !leases.values.contains(where: { $0.model == model }) else { return }
        apply { $0.engineGone(model, generation, .failed("its lease has ended"), at: $1) }
    }

    // MARK: The end

    /// The ticket of a lease has ended.
    ///
    /// - Parameters:
    ///   - id: The ticket.
    ///   - isOver: Whether no program runs under it: there never was one, or it has ended.
    func leaseTicketEnded(_ id: TicketID, isOver: Bool) {
        guard let lease = leases[id] else { return }
        guard !isOver else { return forgetLease(id) }
        logger.warning("a lease is over; its program is to end", [("model", lease.model)])
        leases[id]?.alarm = loop.schedule(at: .now + Lease.endPatience) { [self] in
            assumeIsolated { manager in
                // Who goes on is outside of every rule; the others cannot wait for it for ever.
                manager.logger.error(
                    "a program did not end with its lease; its device is handed on",
                    [("model", lease.model)]
                )
                manager.forgetLease(id)
            }
        }
    }

    /// A client says that the program of a lease has ended whose ticket was ended before.
    ///
    /// - Returns: Whether there is such a lease.
    func endedLease(_ fields: JSONFields, _ client: ClientConnection) throws -> Bool {
        let id = TicketID(try fields.require("ticket", fields.integer("ticket")))
        guard leases[id]?.client == client.id, holders[id] == nil else { return false }
        forgetLease(id)
        return true
    }

    /// Nothing runs under a lease any more.
    func forgetLease(_ id: TicketID) {
        guard let lease = leases.removeValue(forKey: id) else { return }
        if let alarm = lease.alarm { loop.cancel(alarm) }
        let residency = scheduler.residency(lease.model)
        guard residency?.word == "draining", let generation = residency?.generation else { return }
        endLease(lease.model, generation)
    }

    /// Ends all leases: a manager that ends does not wait for programs of others.
    func endLeases() {
        for id in leases.keys.sorted() where scheduler.ticket(id) != nil {
            reject(id, Refusal(.draining, "the device manager is ending"))
            apply { $0.end(id, at: $1) }
        }
    }
}
