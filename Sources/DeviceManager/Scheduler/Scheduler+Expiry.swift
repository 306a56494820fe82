internal import DeviceProtocol
package import POSIX

/// What time ends, and when that happens next.
extension Scheduler {
    mutating func expire(at now: MonotonicTime, _ actions: inout [Action]) {
        for ticket in waiting() {
            guard let deadline = ticket.request.deadline, deadline <= now else { continue }
            reject(ticket.id, Refusal(.expired, "the deadline passed in the queue"), &actions)
        }
        for name in residencies.keys.sorted() {
            guard let residency = residencies[name] else { continue }
            if let moment = residency.notBefore, moment <= now {
                residencies[name]?.notBefore = nil
            }
            if case .loading = residency.state, let end = loadEnd(of: residency), end <= now {
                let limit = residency.model.loadTimeout
                fail(name, "loading took longer than \(limit)", isLoading: true, at: now, &actions)
            }
            if let end = residencyEnd(of: residency), end <= now {
                evict(name, at: now, &actions)
            }
        }
    }

    /// The next moment at which `tick` has something to do, or nil when only events can change things.
    package var nextEvent: MonotonicTime? {
        var moments = tickets.values.filter { $0.state == .waiting }
            .compactMap(\.request.deadline)
        for residency in residencies.values {
            if let end = loadEnd(of: residency) { moments.append(end) }
            if let end = residencyEnd(of: residency) { moments.append(end) }
        }
        return moments.min()
    }

    /// When a load that runs now will have taken too long.
    private func loadEnd(of residency: Residency) -> MonotonicTime? {
        guard case .loading = residency.state, let start = residency.loadStarted else { return nil }
        return start + (residency.model.loadTimeout - residency.loadHeld)
    }

    /// When a resident model that nobody uses is to go.
    private func residencyEnd(of residency: Residency) -> MonotonicTime? {
        guard residency.isReady, !isNeeded(residency.model.name) else { return nil }
        if residency.unloadsWhenIdle || isDraining { return residency.lastUsed }
        guard !residency.isPinned, let keepAlive = residency.model.keepAlive else { return nil }
        return residency.lastUsed + keepAlive
    }

    /// Whether a busy or waiting ticket names the model; idle tickets hold nothing.
    func isNeeded(_ name: String) -> Bool {
        tickets.values.contains { $0.state != .idle && $0.request.models.contains(name) }
    }
}
