internal import DeviceProtocol
internal import JSON
internal import POSIX

/// What subscribers are told.
extension DeviceManager {
    func subscribe(_ fields: JSONFields, _ client: ClientConnection) throws -> JSONObject {
        var kinds = Set(DeviceEventKind.allCases)
        if let words = try fields.strings("events") {
            kinds = []
            for word in words {
                guard let kind = DeviceEventKind(rawValue: word) else {
                    let known = DeviceEventKind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw fields.error("events", "may hold \(known), not '\(word)'")
                }
                kinds.insert(kind)
            }
        }
        client.subscription = Subscription(to: kinds)
        if told == nil { told = ToldState(scheduler) }
        return ["status": "ok"]
    }

    func unsubscribe(_ client: ClientConnection) -> JSONObject {
        client.subscription = nil
        forgetToldState()
        return ["status": "ok"]
    }

    /// Stops comparing states when nobody listens any more.
    func forgetToldState() {
        if clients.values.allSatisfy({ $0.subscription == nil }) { told = nil }
    }

    /// Tells subscribers what has changed on models and devices since they were last told.
    func publishChanges() {
        guard let old = told else { return }
        let new = ToldState(scheduler)
        guard new != old else { return }
        told = new
        for (kind, event) in new.events(since: old) { publish(event, kind) }
    }

    /// Tells subscribers of a step of a ticket.
    ///
    /// - Parameters:
    ///   - id: The ticket.
    ///   - holder: Whose it is and what was asked for.
    ///   - state: The step.
    ///   - more: Members of this step alone.
    func publish(_ id: TicketID, _ holder: Holder, _ state: String, more: JSONObject = [:]) {
        guard told != nil else { return }
        let event: [(String, JSONValue)] = [
            ("event", "ticket"), ("ticket", JSONValue(id.number)), ("state", .string(state)),
            ("models", .array(holder.request.models.map { .string($0) })),
            ("class", .string(holder.request.ticketClass.rawValue)),
            ("key", .string(holder.request.key)),
        ]
        publish(JSONObject(event + more.members.map { ($0.name, $0.value) }), .tickets)
    }

    private func publish(_ event: JSONObject, _ kind: DeviceEventKind) {
        for client in clients.values {
            let queued = client.connection.queuedBytes
            guard let event = client.subscription?.pass(event, kind, queued: queued) else {
                continue
            }
            client.connection.send(event)
        }
    }

    // MARK: Progress

    func progress(_ fields: JSONFields, _ client: ClientConnection) throws -> JSONObject {
        let id = try ticket(fields, client)
        let said = ProgressBoard.Progress(
            done: try fields.require("done", fields.integer("done", in: 0...Int.max)),
            total: try fields.integer("total", in: 0...Int.max),
            at: .now
        )
        if progressBoard.note(said, of: id) { publish(said, of: id) }
        armProgressTimer()
        return ["status": "ok"]
    }

    private func publish(_ progress: ProgressBoard.Progress, of id: TicketID) {
        guard told != nil else { return }
        let head: [(String, JSONValue)] = [
            ("event", "progress"), ("ticket", JSONValue(id.number)),
        ]
        publish(JSONObject(head + progress.members), .tickets)
    }

    private func armProgressTimer() {
        guard progressTimer == nil, let moment = progressBoard.nextDue else { return }
        progressTimer = loop.schedule(at: moment) { [self] in
            assumeIsolated { manager in
                manager.progressTimer = nil
                for (id, progress) in manager.progressBoard.takeDue(at: .now) {
                    manager.publish(progress, of: id)
                }
                manager.armProgressTimer()
            }
        }
    }
}
