internal import DeviceProtocol
internal import POSIX

/// What is refused at once, before a ticket waits for something that cannot come.
extension Scheduler {
    func refusal(of request: TicketRequest, at now: MonotonicTime) -> Refusal? {
        if isDraining { return Refusal(.draining, "the device manager is ending") }
        if request.models.isEmpty || Set(request.models).count != request.models.count {
            return Refusal(.badRequest, "a ticket names one or several different models")
        }
        for name in request.models where residencies[name] == nil {
            return Refusal(.unknownModel, "there is no model '\(name)'")
        }
        if let deadline = request.deadline, deadline <= now {
            return Refusal(.expired, "the deadline has passed already")
        }
        return sizeRefusal(of: request) ?? backOffRefusal(of: request, at: now)
            ?? queueRefusal(of: request)
    }

    private func sizeRefusal(of request: TicketRequest) -> Refusal? {
        for device in devices.values {
            let names = request.models.filter { residencies[$0]?.model.device == device.name }
            if request.purpose == .use, names.count > device.rule.width {
                return Refusal(
                    .setTooLarge,
                    "'\(device.name)' runs \(device.rule.width) of the \(names.count) models at once"
                )
            }
            let wanted = names.compactMap { residencies[$0] }
                .reduce(0) { $0 + max($1.bytes, $1.model.footprint) }
            let pinned = residencies.values.reduce(0) { total, residency in
                let counts =
                    residency.isPinned && residency.model.device == device.name
                    && !names.contains(residency.model.name)
                return total + (counts ? residency.bytes : 0)
            }
            if !names.isEmpty, wanted > device.budget - pinned {
                let room = pinned == 0 ? "" : " beside pinned models of \(pinned) bytes"
                return Refusal(
                    .tooLarge,
                    "\(wanted) bytes do not fit the \(device.budget) of '\(device.name)'\(room)"
                )
            }
        }
        return nil
    }

    private func backOffRefusal(of request: TicketRequest, at now: MonotonicTime) -> Refusal? {
        for name in request.models {
            guard let residency = residencies[name], let moment = residency.notBefore, moment > now
            else { continue }
            let reason = residency.lastFailure ?? "its engine failed"
            return Refusal(
                .loadFailed,
                "'\(name)' is not available: \(reason)",
                retryAfter: moment - now
            )
        }
        return nil
    }

    private func queueRefusal(of request: TicketRequest) -> Refusal? {
        let waiting = waiting()
        // A ticket that waits takes about as long as one that is held; nothing better is known
        // before held times are measured.
        let hint = Duration.seconds(1)
        for name in request.models {
            let count = waiting.count { $0.request.models.contains(name) }
            if count >= limits.waitingPerModel {
                return Refusal(
                    .queueFull,
                    "\(count) tickets wait for '\(name)' already",
                    retryAfter: hint
                )
            }
        }
        let count = waiting.count { $0.request.key == request.key }
        guard count < limits.waitingPerKey else {
            return Refusal(
                .queueFull,
                "\(count) tickets of this key wait already",
                retryAfter: hint
            )
        }
        return nil
    }
}
