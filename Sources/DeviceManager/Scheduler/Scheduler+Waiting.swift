internal import DeviceProtocol
package import POSIX

/// Why a ticket waits, for people who look at a device.
package struct WaitReason: Sendable, Hashable {
    /// What must happen before it can be granted.
    package enum Kind: String, Sendable {
        /// The model failed and is not started again before a moment.
        case pause
        /// Another model must leave before this one can be loaded.
        case memory
        /// The model is being ended; it can be loaded again when its memory is back.
        case unload
        /// The model is being loaded, or waits for its turn to be.
        case load
        /// The model takes no more tickets, because another one is to have its memory.
        case closing
        /// Others for the same models go first.
        case queue
        /// As many tickets as the model has slots are busy on it.
        case slot
        /// Others have the device.
        case turn
    }

    /// What must happen.
    package let kind: Kind
    /// The models it is about: those that lack, or those that have the device.
    package let models: [String]
    /// When that happens at the latest, as far as it is known; of `memory` until when others may go
    /// first.
    package let until: MonotonicTime?
    /// Other tickets that wait for the same models; counted only for those that are not the first.
    package var others = 0
}

extension Scheduler {
    /// Why a ticket waits; nil when it does not.
    ///
    /// - Parameters:
    ///   - ticket: A ticket of this scheduler that has not ended.
    ///   - now: The present moment.
    package func waitReason(of ticket: Ticket, at now: MonotonicTime) -> WaitReason? {
        guard ticket.state == .waiting, let place = place(of: ticket.id) else { return nil }
        let lane = lanes[ticket.lane]
        for model in lane.models {
            if let reason = absence(of: model, for: ticket, at: now) { return reason }
        }
        let names = lane.models.map { residencies[$0].model.name }
        if let (first, _) = next(of: ticket.lane), first != place {
            var reason = WaitReason(kind: .queue, models: names, until: nil)
            reason.others = lane.waiting - 1
            return reason
        }
        for model in lane.models {
            let name = residencies[model].model.name
            if residencies[model].isClosing {
                return WaitReason(kind: .closing, models: [name], until: nil)
            }
            if residencies[model].busy >= residencies[model].model.slots {
                return WaitReason(kind: .slot, models: [name], until: nil)
            }
        }
        return turn(of: ticket, at: now)
    }

    /// Whether a granted ticket's engines are stopped while others have the device.
    ///
    /// - Parameter ticket: A ticket of this scheduler that has not ended.
    package func isStopped(_ ticket: Ticket) -> Bool {
        for model in lanes[ticket.lane].models where residencies[model].isStopped { return true }
        return false
    }

    /// Why a model of a ticket is not there; nil when it is.
    private func absence(
        of model: Int,
        for ticket: Ticket,
        at now: MonotonicTime
    ) -> WaitReason? {
        let residency = residencies[model]
        let kind: WaitReason.Kind
        var until: MonotonicTime?
        switch residency.state {
        case .ready: return nil
        case .admitted, .loading: kind = .load
        case .draining: kind = .unload
        case .absent:
            if let moment = residency.notBefore, moment > now {
                kind = .pause
                until = moment
            } else {
                kind = .memory
                until = overtakingEnd(of: ticket, at: now)
            }
        }
        let name = residency.model.name
        return WaitReason(kind: kind, models: [name], until: until)
    }

    /// Until when others may overtake a ticket; nil when that is over.
    private func overtakingEnd(of ticket: Ticket, at now: MonotonicTime) -> MonotonicTime? {
        guard let elder = elder(of: ticket.lane, ticket.rank) else { return nil }
        let end = overtakingEnd(of: ticket.lane, elder)
        return end > now ? end : nil
    }

    /// Who has the devices of a ticket whose models are there and have room.
    private func turn(of ticket: Ticket, at now: MonotonicTime) -> WaitReason {
        var holders: [Int] = []
        for device in lanes[ticket.lane].devices {
            holders += devices[device].models.filter {
                (residencies[$0].busy > 0 || residencies[$0].isLoading)
                    && !residencies[$0].isStopped
            }
        }
        // A turn ends by itself only for equals, and only where engines are stopped.
        let equals = holders.filter { model in
            let ranks = busyTickets(on: model).map { tickets[$0].rank }
            return devices[residencies[model].device].stops && ranks.max() == ticket.rank
        }
        let ends = equals.map { residencies[$0].turnEnds }.max() ?? 0
        let isEqual = equals.count == holders.count && ends > now.nanoseconds
        return WaitReason(
            kind: .turn,
            models: holders.map { residencies[$0].model.name }.sorted(),
            until: isEqual ? MonotonicTime(nanoseconds: ends) : nil
        )
    }
}
