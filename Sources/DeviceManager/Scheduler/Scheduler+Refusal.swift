internal import DeviceProtocol
internal import POSIX

/// What is refused at once, before a ticket waits for something that cannot come.
extension Scheduler {
    /// What is wrong with a list of models that was never asked for before.
    func refusal(ofNames names: [String]) -> Refusal? {
        if isDraining { return Refusal(.draining, "the device manager is ending") }
        if names.isEmpty || names.count > 1 && Set(names).count != names.count {
            return Refusal(.badRequest, "a ticket names one or several different models")
        }
        guard names.count <= NumberList.capacity else {
            return Refusal(.setTooLarge, "a ticket names at most \(NumberList.capacity) models")
        }
        for name in names {
            guard let model = number(of: name) else {
                return Refusal(.unknownModel, "there is no model '\(name)'")
            }
            // It would yield alone, and the others of its set would run on.
            if names.count > 1, residencies[model].model.isOutside {
                return Refusal(.badRequest, "'\(name)' is driven from outside and taken alone")
            }
        }
        return nil
    }

    /// What stands against a ticket now.
    func refusal(of request: TicketRequest, in lane: Int, at now: MonotonicTime) -> Refusal? {
        if isDraining { return Refusal(.draining, "the device manager is ending") }
        if let deadline = request.deadline, deadline <= now {
            return Refusal(.expired, "the deadline has passed already")
        }
        let models = lanes[lane].models
        return sizeRefusal(of: models, request.purpose) ?? backOffRefusal(of: models, at: now)
            ?? queueRefusal(of: models, request.account)
    }

    private func sizeRefusal(of models: NumberList, _ purpose: TicketRequest.Purpose) -> Refusal? {
        // A model that is there has its memory.
        if models.count == 1, residencies[models[0]].isReady { return nil }
        for number in devices.indices {
            let device = devices[number]
            let here = models.filter { residencies[$0].device == number }
            guard !here.isEmpty else { continue }
            let (name, budget) = (device.description.name, device.description.budget)
            let width = device.description.rule.width
            if purpose == .use, here.count > width {
                return Refusal(
                    .setTooLarge,
                    "'\(name)' runs \(width) of the \(here.count) models at once"
                )
            }
            let wanted = here.reduce(0) {
                $0 + max(residencies[$1].bytes, residencies[$1].model.footprint)
            }
            let leased = pinnedBytes(on: number) {
                !here.contains($0) && residencies[$0].model.isOutside
            }
            let pinned = pinnedBytes(on: number) { !here.contains($0) } - leased
            guard wanted > budget - pinned - leased else { continue }
            let fits = "\(wanted) bytes do not fit the \(budget) of '\(name)'"
            if wanted <= budget - pinned {
                // A lease ends by itself.
                let reason = "\(fits) beside leases of \(leased) bytes"
                return Refusal(.tooLarge, reason, retryAfter: .seconds(10))
            }
            let room = pinned == 0 ? "" : " beside pinned models of \(pinned) bytes"
            return Refusal(.tooLarge, fits + room)
        }
        return nil
    }

    /// Bytes of those models of a device that never leave for others.
    func pinnedBytes(on device: Int, where counts: (Int) -> Bool) -> Int {
        devices[device].models.reduce(0) {
            $0 + (residencies[$1].isPinned && counts($1) ? residencies[$1].bytes : 0)
        }
    }

    private func backOffRefusal(of models: NumberList, at now: MonotonicTime) -> Refusal? {
        for model in models {
            guard let moment = residencies[model].notBefore, moment > now else { continue }
            let reason = residencies[model].lastFailure ?? "its engine failed"
            return Refusal(
                .loadFailed,
                "'\(residencies[model].model.name)' is not available: \(reason)",
                retryAfter: moment - now
            )
        }
        return nil
    }

    /// Queues are bounded, and a key that fills one leaves as many places as it has taken.
    ///
    /// So others always find some: dynamic thresholds, from A. K. Choudhury and E. L. Hahne, IEEE/ACM
    /// Transactions on Networking 6(2), 1998.
    private func queueRefusal(of models: NumberList, _ key: Prehashed<KeyName>) -> Refusal? {
        let count = shares.waiting(key)
        for model in models {
            let waiting = residencies[model].waiting
            let places = limits.waitingPerModel - waiting
            if places <= 0 || places < min(count, waiting) {
                let name = residencies[model].model.name
                return Refusal(
                    .queueFull,
                    "\(waiting) tickets wait for '\(name)' already, \(count) of them of this key",
                    retryAfter: timeToAPlace(on: models)
                )
            }
        }
        guard count >= limits.waitingPerKey else { return nil }
        return Refusal(
            .queueFull,
            "\(count) tickets of this key wait already",
            retryAfter: timeToAPlace(on: models)
        )
    }

    /// Invariant 8: nobody waits for what will come too late.
    func deadlineRefusal(of place: Int, at now: MonotonicTime) -> Refusal? {
        guard let deadline = tickets[place].deadline, let wait = tickets[place].predictedWait,
            now + wait > deadline
        else { return nil }
        var refusal = Refusal(
            .deadlineUnreachable,
            "its turn would come in \(Self.words(wait)), after its deadline in "
                + Self.words(deadline - now),
            retryAfter: max(wait - (deadline - now), .milliseconds(1))
        )
        refusal.predictedWait = wait
        return refusal
    }

    private static func words(_ span: Duration) -> String {
        let milliseconds = Int(span.milliseconds.rounded(.up))
        return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
    }
}
