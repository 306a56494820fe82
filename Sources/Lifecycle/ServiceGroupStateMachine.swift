internal import POSIX

/// When services start, stop, and what their group ends with.
///
/// DESIGN. starting → running → stopping → ended. Services start one after the other, each when the
/// one before is ready, and stop one after the other from the last to the first, each when the one
/// after it has returned. Invariants:
/// 1. at most one service starts, and at most one is asked to stop, at a time;
/// 2. the deadline is armed once, when stopping begins, and once more after everything was cancelled;
/// 3. a second request to end, or the second deadline, exits at once;
/// 4. the first failure is the outcome; later ones are consequences.
///
/// Knows no clock, task or signal; `ServiceGroup` supplies them.
struct ServiceGroupStateMachine {
    /// What the shell is to do, in order.
    enum Action: Equatable {
        case start(Int)
        case shutDown(Int)
        case cancelAll
        case armDeadline
        case armGrace
        case notifyReady
        case notifyStopping
        case notifyReloading
        case runReloads
        case exit(Int32)
        case finish
    }

    private enum Phase {
        case starting
        case running
        case stopping
        case ended
    }

    fileprivate enum Member {
        case waiting
        case started
        case ready
        case ended
    }

    /// What the group ends with; nil for a requested end without failures.
    private(set) var failure: (any Error)?

    private let names: [String]
    private var members: [Member]
    private var phase = Phase.starting
    private var isCancelled = false
    private var isReloading = false
    private var wantsReload = false

    /// - Parameter names: The services in the order of starting; at least one.
    init(names: [String]) {
        precondition(!names.isEmpty, "a group has at least one service")
        self.names = names
        members = names.map { _ in .waiting }
    }

    mutating func begin() -> [Action] {
        members[0] = .started
        return [.start(0)]
    }

    mutating func becameReady(_ index: Int) -> [Action] {
        guard case .started = members[index] else { return [] }
        members[index] = .ready
        guard case .starting = phase else { return [] }
        let next = index + 1
        if next < members.count {
            members[next] = .started
            return [.start(next)]
        }
        phase = .running
        return [.notifyReady] + beginReloadIfWanted()
    }

    mutating func ended(_ index: Int, _ error: (any Error)?) -> [Action] {
        members[index] = .ended
        switch phase {
        case .starting, .running:
            failure = error ?? LifecycleError.returnedEarly(service: names[index])
            return beginStopping()
        case .stopping:
            // What a cancelled service throws says nothing new.
            if failure == nil, !isCancelled, let error { failure = error }
            return stopNext()
        case .ended: return []
        }
    }

    mutating func received(_ signal: Signals.Signal) -> [Action] {
        switch (signal, phase) {
        case (_, .ended): return []
        case (.hangUp, .stopping): return []
        case (.hangUp, .starting), (.hangUp, .running):
            wantsReload = true
            return beginReloadIfWanted()
        case (.interrupt, .stopping), (.terminate, .stopping):
            phase = .ended
            return [.exit(128 + signal.rawValue)]
        case (.interrupt, .starting), (.interrupt, .running), (.terminate, .starting),
            (.terminate, .running):
            return beginStopping()
        }
    }

    mutating func reloaded() -> [Action] {
        isReloading = false
        guard case .running = phase else { return [] }
        return [.notifyReady] + beginReloadIfWanted()
    }

    /// The time for an orderly end is over.
    mutating func deadlinePassed() -> [Action] {
        guard case .stopping = phase, !isCancelled else { return [] }
        isCancelled = true
        let late = zip(names, members).filter { $0.1.isActive }.map(\.0)
        if failure == nil { failure = LifecycleError.deadlinePassed(services: late) }
        return [.cancelAll, .armGrace]
    }

    /// Even the cancelled services have not returned.
    mutating func gracePassed() -> [Action] {
        guard case .stopping = phase else { return [] }
        phase = .ended
        return [.exit(1)]
    }

    private mutating func beginReloadIfWanted() -> [Action] {
        guard wantsReload, !isReloading, case .running = phase else { return [] }
        wantsReload = false
        isReloading = true
        return [.notifyReloading, .runReloads]
    }

    private mutating func beginStopping() -> [Action] {
        phase = .stopping
        let actions = stopNext()
        return actions == [.finish]
            ? [.notifyStopping, .finish] : [.notifyStopping, .armDeadline] + actions
    }

    private mutating func stopNext() -> [Action] {
        guard let last = members.lastIndex(where: \.isActive) else {
            phase = .ended
            return [.finish]
        }
        return [.shutDown(last)]
    }
}

extension ServiceGroupStateMachine.Member {
    fileprivate var isActive: Bool {
        switch self {
        case .started, .ready: true
        case .waiting, .ended: false
        }
    }
}
