package import Logging
package import Metrics
package import POSIX

/// An HTTP/1.1 server.
///
/// Serves from `start` until `drain` has returned; letting go of it in between changes nothing.
package final class HTTPServer: Sendable {
    /// Which threads read, route and write; handlers' tasks run elsewhere.
    package enum Threads: Sendable {
        /// So many of the server's own for each listener, at least 1.
        case own(Int)
        /// The event loop's: what is written there leaves without another thread's having to wake up.
        /// Heads and bodies are read there too, so it is for servers of little traffic.
        case loop
    }

    /// Where a server listens and what it bears.
    package struct Configuration: Sendable {
        /// Where it listens; at least one place.
        package var listeners = [Listener.tcp("127.0.0.1", port: 0)]
        /// With what it proves who it is, on TCP; nil for plain HTTP.
        ///
        /// New files count within a second.
        package var identity: TLSIdentity.Source?
        /// Who may use it.
        package var access = AccessPolicy()
        /// Which threads read, route and write.
        package var threads = Threads.own(1)
        /// Most open connections, at least one for each thread; those beyond are told so (503).
        package var connectionLimit = 1024
        /// Bytes that each connection has for the request's head, the answer's head and the piece of
        /// body just read; a head that does not fit is refused (431, 414).
        ///
        /// The library clears all of it for each request, and an idle connection keeps it.
        package var connectionMemory = 8 << 10
        /// Most requests whose bodies are received or whose tasks run; beyond it 503.
        package var requestLimit = 256
        /// Largest body in bytes of routes that name no limit.
        package var bodyLimit = 16 << 20
        /// How long a connection may be silent between requests, a body may pause (408), and a
        /// client may leave its answer unread.
        package var idleTimeout = Duration.seconds(60)
        /// How long a head may take from its first byte to its last (408).
        package var headTimeout = Duration.seconds(15)
        /// How long a body may take that is kept until it is complete (408).
        package var bodyTimeout = Duration.seconds(300)
        /// The shape of errors of routes that name none.
        package var errors = ErrorEnvelope.openAI()

        /// The defaults: a free port on loopback.
        package init() {}
    }

    private struct Serving {
        var daemons: [Daemon]
        /// Replaced by others with a new certificate; they serve the connections that they have.
        var retired: [Retired] = []
        let listeners: [FileDescriptorBox]
        var versions: [FileVersion?]
        var refreshing: EventLoop.Timer?
    }

    private struct Retired {
        let daemon: Daemon
        /// Whether it had no connection when it was last looked at.
        var wasLeft = false
    }

    private enum State {
        case idle
        case serving(Serving)
        case stopping(Task<Void, Never>)
    }

    /// How long answers may take to reach their clients when the deadline of a drain has passed.
    private static let flushTime = Duration.seconds(1)
    /// How often files are looked at that may change.
    private static let refreshInterval = Duration.seconds(1)

    private let configuration: Configuration
    private let dispatcher: Dispatcher
    private let ledger: RequestLedger
    private let loop: EventLoop
    private let logger: Logger
    private let state = Guarded(State.idle)

    /// Creates a server; nothing is opened before `start`.
    ///
    /// - Parameters:
    ///   - configuration: Where it listens and what it bears.
    ///   - router: The service's routes; the standard ones are added and must not be among them.
    ///   - about: What the standard routes say.
    ///   - loop: Where clients' leaving is noticed; must run until `drain` has returned.
    ///   - metrics: Where the server counts; one server for each.
    ///   - logger: Gets one line for each request.
    package init(
        _ configuration: Configuration,
        router: Router,
        about: ServiceDescription,
        loop: EventLoop,
        metrics: Metrics,
        logger: Logger
    ) {
        precondition(!configuration.listeners.isEmpty, "a server listens somewhere")
        if case .own(let count) = configuration.threads {
            precondition(count > 0, "a server has a thread")
            precondition(configuration.connectionLimit >= count, "threads share them")
        }
        let ledger = RequestLedger(limit: configuration.requestLimit)
        let connections = ConnectionTable(
            loop: loop,
            limit: configuration.connectionLimit,
            patience: Patience(
                idle: configuration.idleTimeout,
                head: configuration.headTimeout,
                body: configuration.bodyTimeout
            ),
            timeoutAnswer: RawAnswer.bytes(.requestTimeout, configuration.errors)
        )
        var router = router
        StandardRoutes.add(
            to: &router,
            about: about,
            envelope: configuration.errors,
            metrics: metrics,
            isDraining: { ledger.isDraining }
        )
        self.configuration = configuration
        self.ledger = ledger
        self.loop = loop
        self.logger = logger
        dispatcher = Dispatcher(
            router: router,
            configuration: configuration,
            ledger: ledger,
            connections: connections,
            loop: loop,
            log: RequestLog(
                logger: logger,
                metrics: metrics,
                inFlight: { ledger.exchanges },
                connections: { connections.count }
            )
        )
    }

    /// Listens and serves; call once.
    ///
    /// - Returns: The port of the first TCP listener, which matters when the configured one is 0; 0
    ///   without one.
    /// - Throws: `SystemError`: `EADDRINUSE` when another program has the port or path, `EINVAL` when
    ///   the address is not numeric or certificate and key are no pair.
    package func start() async throws(SystemError) -> UInt16 {
        var listeners: [FileDescriptorBox] = []
        for listener in configuration.listeners { listeners.append(try listener.open()) }
        let versions = configuration.identity?.versions ?? []
        let daemons = try startDaemons(on: listeners)
        let serving = Serving(daemons: daemons, listeners: listeners, versions: versions)
        state.withLock { state in
            guard case .idle = state else { preconditionFailure("a server starts once") }
            state = .serving(serving)
        }
        if configuration.identity != nil || configuration.access.keys != nil { refreshLater() }
        return listeners.lazy.map { TCPListener.port(of: $0.number) }.first { $0 > 0 } ?? 0
    }

    private func startDaemons(
        on listeners: [FileDescriptorBox]
    ) throws(SystemError) -> [Daemon] {
        let identity: TLSIdentity?
        if let source = configuration.identity {
            identity = try TLSIdentity(source)
        } else {
            identity = nil
        }
        var daemons: [Daemon] = []
        do {
            for (place, listener) in zip(configuration.listeners, listeners) {
                let daemon = try Daemon(
                    listener: listener.number,
                    configuration: configuration,
                    identity: place.mayEncrypt ? identity : nil,
                    dispatcher: dispatcher,
                    loop: loop
                )
                daemons.append(daemon)
            }
        } catch {
            for daemon in daemons { daemon.stop() }
            throw error
        }
        return daemons
    }

    // MARK: Files that change

    private func refreshLater() {
        let timer = loop.schedule(at: .now + Self.refreshInterval) { [self] in
            configuration.access.keys?.refresh(logger)
            refreshIdentity()
            endRetired()
            refreshLater()
        }
        let isServing = state.withLock { state in
            guard case .serving(var serving) = state else { return false }
            serving.refreshing = timer
            state = .serving(serving)
            return true
        }
        if !isServing { loop.cancel(timer) }
    }

    /// Starts to serve with a new certificate beside the old one, whose connections go on.
    ///
    /// The library reads a certificate only when a daemon starts. New daemons listen before the old
    /// ones stop doing so, so no client finds the port closed; one that does not start changes
    /// nothing.
    private func refreshIdentity() {
        guard let source = configuration.identity else { return }
        let versions = source.versions
        guard case .serving(let before) = state.withLock({ $0 }), versions != before.versions else {
            return
        }
        do {
            let daemons = try startDaemons(on: before.listeners)
            let isServing = state.withLock { state in
                guard case .serving(var serving) = state else { return false }
                serving.retired += serving.daemons.map { Retired(daemon: $0) }
                serving.daemons = daemons
                serving.versions = versions
                state = .serving(serving)
                return true
            }
            for daemon in isServing ? before.daemons : daemons { daemon.quiesce() }
            logger.info("the certificate was read again")
        } catch {
            state.withLock { state in
                guard case .serving(var serving) = state else { return }
                // Said once; a pair that is being written is seen again when it is complete.
                serving.versions = versions
                state = .serving(serving)
            }
            logger.error("the new certificate is of no use", [("reason", error.description)])
        }
    }

    /// Ends the threads of those that nobody is connected to any more.
    ///
    /// Only after a second look: a connection that was accepted just before is not counted yet.
    private func endRetired() {
        let ended = state.withLock { state -> [Daemon] in
            guard case .serving(var serving) = state, !serving.retired.isEmpty else { return [] }
            var ended: [Daemon] = []
            serving.retired = serving.retired.compactMap { retired in
                let isLeft = retired.daemon.connections == 0
                guard isLeft, retired.wasLeft else {
                    return Retired(daemon: retired.daemon, wasLeft: isLeft)
                }
                ended.append(retired.daemon)
                return nil
            }
            state = .serving(serving)
            return ended
        }
        Self.stop(ended) {}
    }

    // MARK: The end

    /// Stops: refuses connections and new work, lets running requests finish, then ends the rest.
    ///
    /// From the first moment `/health/ready` answers 503. When the deadline passes, tasks are
    /// cancelled and their clients told so (503), streamed answers are cut; handlers that ignore
    /// cancellation run on, their results are dropped. Returns when every thread has ended. A second
    /// call with an earlier deadline shortens the first; cancelling the calling task counts as a
    /// deadline.
    ///
    /// - Parameter deadline: How long running requests may take from now.
    package func drain(deadline: Duration) async {
        ledger.beginDrain()
        guard case .serving(let serving) = state.withLock({ $0 }) else {
            return await finishStopping()
        }
        for daemon in serving.daemons { daemon.quiesce() }
        for (place, socket) in zip(configuration.listeners, serving.listeners) {
            place.refuseConnections(socket)
        }
        await waitUntilQuiet(atMost: deadline)
        for request in ledger.close() { request.cancel(HTTPError.draining) }
        await waitUntilQuiet(atMost: Self.flushTime)
        await finishStopping()
    }

    private func waitUntilQuiet(atMost limit: Duration) async {
        await withTaskGroup { [ledger] group in
            group.addTask { await ledger.untilQuiet() }
            // Ends early only by cancellation, which ends the wait as well.
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func finishStopping() async {
        let task: Task<Void, Never>? = state.withLock { [loop] state in
            switch state {
            case .idle: return nil
            case .stopping(let task): return task
            case .serving(let serving):
                if let timer = serving.refreshing { loop.cancel(timer) }
                // Shared by all callers, and not to be cut short by the cancellation of one.
                let task = Task { await Self.stop(serving.daemons + serving.retired.map(\.daemon)) }
                state = .stopping(task)
                return task
            }
        }
        await task?.value
    }

    private static func stop(_ daemons: [Daemon]) async {
        await withCheckedContinuation { done in stop(daemons) { done.resume() } }
    }

    /// Stops daemons on a thread of their own, because that waits for other threads.
    private static func stop(_ daemons: [Daemon], _ done: @escaping @Sendable () -> Void) {
        guard !daemons.isEmpty else { return done() }
        let work: @Sendable () -> Void = {
            for daemon in daemons { daemon.stop() }
            done()
        }
        // Without a thread to spare, waiting here is the lesser evil.
        do { try NamedThread("http-stop", work).detach() } catch { work() }
    }
}
