package import POSIX

/// Runs services together: starts them in order, ends them in reverse, as one.
///
/// `run` returns after a requested end (SIGTERM, SIGINT) and throws when a service failed, returned
/// by itself, or missed the deadline. A second signal ends the process at once with 128 + its number.
/// Cancelling the task that runs the group cancels every service.
package struct ServiceGroup: Sendable {
    /// What a group needs from the outside; tests supply their own.
    package struct Surroundings: Sendable {
        /// Registers the receiver of signals; called once.
        package var listen: @Sendable (@escaping @Sendable (Signals.Signal) -> Void) throws -> Void
        /// Calls a closure after a time.
        package var after: @Sendable (Duration, @escaping @Sendable () -> Void) -> Void
        /// Ends the process at once.
        package var exit: @Sendable (Int32) -> Void
        /// Tells the service manager.
        package var notifier: Notifier

        /// Bundles what a group needs.
        ///
        /// - Parameters:
        ///   - listen: Registers the receiver of signals.
        ///   - after: Calls a closure after a time.
        ///   - exit: Ends the process at once.
        ///   - notifier: Tells the service manager.
        package init(
            listen:
                @escaping @Sendable (@escaping @Sendable (Signals.Signal) -> Void) throws -> Void,
            after: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> Void,
            exit: @escaping @Sendable (Int32) -> Void,
            notifier: Notifier
        ) {
            self.listen = listen
            self.after = after
            self.exit = exit
            self.notifier = notifier
        }
    }

    /// Called when SIGHUP arrives, in the order of registration.
    package typealias Reload = @Sendable () async -> Void

    /// Time for an orderly end.
    package let deadline: Duration
    /// Time that cancelled services have before the process exits with 1.
    package let grace: Duration

    private let services: [any Service]
    private let reloads: [Reload]
    private let surroundings: Surroundings

    /// Creates a group.
    ///
    /// - Parameters:
    ///   - services: In the order of starting; at least one.
    ///   - reloads: Called when SIGHUP arrives; each reports its own failures.
    ///   - deadline: Time for an orderly end.
    ///   - grace: Time that cancelled services have before the process exits with 1.
    ///   - surroundings: What the group needs from the outside.
    package init(
        _ services: [any Service],
        reloads: [Reload] = [],
        deadline: Duration = .seconds(30),
        grace: Duration = .seconds(5),
        surroundings: Surroundings
    ) {
        self.services = services
        self.reloads = reloads
        self.deadline = deadline
        self.grace = grace
        self.surroundings = surroundings
    }

    private enum Event: Sendable {
        case ready(Int)
        case ended(Int, (any Error)?)
        case signal(Signals.Signal)
        case reloaded
        case deadline
        case grace
        case watchdog
    }

    /// Runs the group to its end.
    ///
    /// - Throws: The first failure: a service's own error or a `LifecycleError`; `CancellationError`
    ///   when the calling task was cancelled.
    package func run() async throws {
        // Unbounded: there are only a few events for each service and signal, and none may be lost.
        let (events, send) = AsyncStream.makeStream(of: Event.self)
        try surroundings.listen { send.yield(.signal($0)) }
        let scopes = services.indices.map { index in
            ServiceScope { send.yield(.ready(index)) }
        }
        var machine = ServiceGroupStateMachine(names: services.map(\.name))
        armWatchdog(send)
        let isFinished = await withTaskGroup(of: Void.self) { group in
            var isFinished = perform(machine.begin(), scopes, send, &group)
            for await event in events where !isFinished {
                isFinished = perform(handle(event, &machine, send), scopes, send, &group)
                if isFinished { break }
            }
            send.finish()
            return isFinished
        }
        if let failure = machine.failure { throw failure }
        if !isFinished { throw CancellationError() }
    }

    private func handle(
        _ event: Event,
        _ machine: inout ServiceGroupStateMachine,
        _ send: AsyncStream<Event>.Continuation
    ) -> [ServiceGroupStateMachine.Action] {
        switch event {
        case .ready(let index): return machine.becameReady(index)
        case .ended(let index, let error): return machine.ended(index, error)
        case .signal(let signal): return machine.received(signal)
        case .reloaded: return machine.reloaded()
        case .deadline: return machine.deadlinePassed()
        case .grace: return machine.gracePassed()
        case .watchdog:
            surroundings.notifier.watchdog()
            armWatchdog(send)
            return []
        }
    }

    /// Performs actions; returns whether the group has ended.
    private func perform(
        _ actions: [ServiceGroupStateMachine.Action],
        _ scopes: [ServiceScope],
        _ send: AsyncStream<Event>.Continuation,
        _ group: inout TaskGroup<Void>
    ) -> Bool {
        for action in actions {
            switch action {
            case .start(let index): start(services[index], index, scopes[index], send, &group)
            case .shutDown(let index): scopes[index].shutDown()
            case .cancelAll: group.cancelAll()
            case .armDeadline: surroundings.after(deadline) { send.yield(.deadline) }
            case .armGrace: surroundings.after(grace) { send.yield(.grace) }
            case .notifyReady: surroundings.notifier.ready()
            case .notifyStopping: surroundings.notifier.stopping()
            case .notifyReloading: surroundings.notifier.reloading()
            case .runReloads:
                group.addTask { [reloads] in
                    for reload in reloads { await reload() }
                    send.yield(.reloaded)
                }
            case .exit(let code):
                surroundings.exit(code)
                return true
            case .finish: return true
            }
        }
        return false
    }

    private func start(
        _ service: any Service,
        _ index: Int,
        _ scope: ServiceScope,
        _ send: AsyncStream<Event>.Continuation,
        _ group: inout TaskGroup<Void>
    ) {
        group.addTask {
            do {
                try await service.run(in: scope)
                send.yield(.ended(index, nil))
            } catch {
                send.yield(.ended(index, error))
            }
        }
    }

    /// Sent by way of the event queue, so that a group that hangs stops being alive.
    private func armWatchdog(_ send: AsyncStream<Event>.Continuation) {
        guard let interval = surroundings.notifier.watchdogInterval else { return }
        surroundings.after(interval) { send.yield(.watchdog) }
    }
}
