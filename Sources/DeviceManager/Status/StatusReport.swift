internal import DeviceProtocol
package import JSON
internal import POSIX
internal import Sandboxing

/// What the manager tells of itself.
extension DeviceManager {
    /// Devices, models and tickets, as `baton status` and the status page show them.
    package func statusReport() -> JSONValue {
        let now = MonotonicTime.now
        return [
            "version": .string(Version.text),
            "pid": JSONValue(CurrentProcess.id),
            "uptime_seconds": JSONValue(Int((now - started).seconds)),
            "draining": .bool(scheduler.isDraining),
            "sandbox": .string(sandbox.rawValue),
            "clients": .array(
                clients.values.sorted { $0.id.number < $1.id.number }.map(report)
            ),
            "devices": .array(
                scheduler.deviceDescriptions.sorted { $0.name < $1.name }.map(report)
            ),
            "models": .array(
                scheduler.residencies.filter(\.isShown)
                    .sorted { $0.model.name < $1.model.name }
                    .map { report($0, at: now) }
            ),
            "tickets": .array(
                scheduler.liveTickets.map { report($0, at: now) }
            ),
        ]
    }

    private func report(_ client: ClientConnection) -> JSONValue {
        [
            "name": .string(client.name), "uid": JSONValue(client.peer.uid),
            "pid": JSONValue(client.peer.pid), "tickets": JSONValue(client.account.tickets),
            "class_ceiling": .string(client.rights.ceiling.rawValue),
            "may_manage": .bool(client.rights.mayManage),
        ]
    }

    private func report(_ device: DeviceDescription) -> JSONValue {
        [
            "name": .string(device.name), "turn_rule": .string(device.rule.word),
            "budget_bytes": JSONValue(device.budget),
            "used_bytes": JSONValue(scheduler.used(on: device.name)),
            "baton": .array(scheduler.batonHolders(on: device.name).map { .string($0) }),
        ]
    }

    private func report(_ residency: Residency, at now: MonotonicTime) -> JSONValue {
        let name = residency.model.name
        let engine = residency.generation.flatMap { engines[$0] }
        let kind = models[name]?.model.engine ?? "lease"
        var object: JSONObject = [
            "name": .string(name), "device": .string(residency.model.device),
            "engine": .string(kind), "simulated": .bool(kind == "simulated"),
            "state": .string(residency.word), "stopped": .bool(residency.isStopped),
            "pinned": .bool(residency.isPinned), "bytes": JSONValue(residency.bytes),
            "slots": JSONValue(residency.model.slots), "loads": JSONValue(residency.loads),
            "keep_alive_seconds": residency.model.keepAlive.map { JSONValue($0.seconds) } ?? nil,
        ]
        if let license = models[name]?.model.license { object["license"] = .string(license) }
        if let engine {
            object["pid"] = JSONValue(engine.process.pid)
            object["sandbox"] = engine.sandbox?.json
        }
        if let call = residency.generation.flatMap({ calls[$0] }) {
            object["call_ms"] = JSONValue(Int(call.milliseconds))
        }
        if residency.isReady {
            object["idle_seconds"] = JSONValue((now - residency.lastUsed).seconds)
        }
        if residency.failures > 0, let reason = residency.lastFailure {
            object["failures"] = JSONValue(residency.failures)
            object["last_failure"] = .string(reason)
        }
        if let moment = residency.notBefore, moment > now {
            object["retry_after_ms"] = JSONValue(Int((moment - now).milliseconds.rounded(.up)))
        }
        return .object(object)
    }

    private func report(_ ticket: Ticket, at now: MonotonicTime) -> JSONValue {
        let client = holders[ticket.id].flatMap { clients[$0.client]?.name } ?? "unknown"
        var object: JSONObject = [
            "ticket": JSONValue(ticket.id.number), "client": .string(client),
            "models": .array(scheduler.models(of: ticket).map { .string($0) }),
            "class": .string(ticket.ticketClass.rawValue),
            "key": .string(scheduler.key(of: ticket)),
            "state": .string(ticket.state.rawValue),
            "age_ms": JSONValue(Int((now - ticket.asked).milliseconds)),
            "held_ms": JSONValue(Int(ticket.held(at: now).milliseconds)),
        ]
        if ticket.state == .waiting, let wait = ticket.predictedWait {
            object["predicted_wait_ms"] = JSONValue(Int(wait.milliseconds.rounded(.up)))
        }
        if let reason = scheduler.waitReason(of: ticket, at: now) {
            object["waits_for"] = report(reason, at: now)
        }
        if let deadline = ticket.deadline, ticket.state == .waiting {
            object["deadline_ms"] = JSONValue(Int(max((deadline - now).milliseconds, 0)))
        }
        if ticket.state == .busy { object["stopped"] = .bool(scheduler.isStopped(ticket)) }
        if let progress = progressBoard[ticket.id] {
            let age = ("age_ms", JSONValue(Int((now - progress.at).milliseconds)))
            object["progress"] = .object(JSONObject(progress.members + [age]))
        }
        return .object(object)
    }

    private func report(_ reason: WaitReason, at now: MonotonicTime) -> JSONValue {
        var object: JSONObject = [
            "reason": .string(reason.kind.rawValue),
            "models": .array(reason.models.map { .string($0) }),
        ]
        if reason.others > 0 { object["others"] = JSONValue(reason.others) }
        if let until = reason.until {
            object["until_ms"] = JSONValue(Int(max((until - now).milliseconds, 0).rounded(.up)))
        }
        return .object(object)
    }
}

extension Residency {
    /// Whether there is something to tell of it: a lease that nobody has is nothing.
    var isShown: Bool {
        !isForgotten && (!model.isOutside || state != .absent || waiting > 0)
    }
}
