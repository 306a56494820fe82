package import Logging
package import Metrics
package import POSIX

/// An HTTP/1.1 server on one TCP port.
///
/// Serves from `start` until `drain` has returned; letting go of it in between changes nothing.
package final class HTTPServer: Sendable {
    /// Where a server listens and what it bears.
    package struct Configuration: Sendable {
        /// The numeric address to listen on, or "localhost".
        package var address = "127.0.0.1"
        /// The port; 0 takes a free one.
        package var port: UInt16 = 0
        /// Threads that read, route and write, at least 1.
        ///
        /// Handlers' tasks run elsewhere.
        package var threads = 1
        /// Most open connections, at least one for each thread.
        ///
        /// Further ones wait in the kernel.
        package var connectionLimit = 1024
        /// Most requests whose bodies are received or whose tasks run; beyond it 503.
        package var requestLimit = 256
        /// Largest body in bytes of routes that name no limit.
        package var bodyLimit = 16 << 20
        /// How long a connection may be silent, in whole seconds; zero is for ever.
        package var idleTimeout = Duration.seconds(60)
        /// The shape of errors of routes that name none.
        package var errors = ErrorEnvelope.openAI()

        /// The defaults: a free port on loopback.
        package init() {}
    }

    private enum State {
        case idle
        case serving(Daemon, FileDescriptorBox)
        case stopping(Task<Void, Never>)
    }

    /// How long answers may take to reach their clients when the deadline of a drain has passed.
    private static let flushTime = Duration.seconds(1)

    private let configuration: Configuration
    private let dispatcher: Dispatcher
    private let ledger: RequestLedger
    private let state = Guarded(State.idle)

    /// Creates a server; nothing is opened before `start`.
    ///
    /// - Parameters:
    ///   - configuration: Where it listens and what it bears.
    ///   - router: The service's routes; the standard ones are added and must not be among them.
    ///   - about: What the standard routes say.
    ///   - metrics: Where the server counts; one server for each.
    ///   - logger: Gets one line for each request.
    package init(
        _ configuration: Configuration,
        router: Router,
        about: ServiceDescription,
        metrics: Metrics,
        logger: Logger
    ) {
        precondition(configuration.threads > 0, "a server has a thread")
        precondition(configuration.connectionLimit >= configuration.threads, "threads share them")
        let ledger = RequestLedger(limit: configuration.requestLimit)
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
        dispatcher = Dispatcher(
            router: router,
            configuration: configuration,
            ledger: ledger,
            log: RequestLog(logger: logger, metrics: metrics) { ledger.exchanges }
        )
    }

    /// Listens and serves; call once.
    ///
    /// - Returns: The port, which matters when the configured one is 0.
    /// - Throws: `SystemError`: `EADDRINUSE` when another program has the port, `EINVAL` when the
    ///   address is not numeric.
    package func start() async throws(SystemError) -> UInt16 {
        let listener = try FileDescriptorBox(
            TCPListener.open(configuration.address, port: configuration.port)
        )
        let daemon = try Daemon(
            listener: listener.number,
            configuration: configuration,
            dispatcher: dispatcher
        )
        state.withLock { state in
            guard case .idle = state else { preconditionFailure("a server starts once") }
            state = .serving(daemon, listener)
        }
        return TCPListener.port(of: listener.number)
    }

    /// Stops: refuses connections and new work, lets running requests finish, then ends the rest.
    ///
    /// From the first moment `/health/ready` answers 503. When the deadline passes, tasks are
    /// cancelled and their clients told so (503); handlers that ignore cancellation run on, their
    /// results are dropped. Returns when every thread has ended. A second call with an earlier
    /// deadline shortens the first; cancelling the calling task counts as a deadline.
    ///
    /// - Parameter deadline: How long running requests may take from now.
    package func drain(deadline: Duration) async {
        ledger.beginDrain()
        guard case .serving(let daemon, let listener) = state.withLock({ $0 }) else {
            return await finishStopping()
        }
        daemon.quiesce()
        TCPListener.refuseConnections(listener.number)
        await waitUntilQuiet(atMost: deadline)
        for request in ledger.close() {
            request.cancel()
            if request.finish(.failure(HTTPError.draining)) { ledger.resumed(request) }
        }
        await waitUntilQuiet(atMost: Self.flushTime)
        await finishStopping()
    }

    private func waitUntilQuiet(atMost limit: Duration) async {
        await withTaskGroup { [ledger] group in
            group.addTask { await ledger.wait(for: .quiet) }
            // Ends early only by cancellation, which ends the wait as well.
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func finishStopping() async {
        let task: Task<Void, Never>? = state.withLock { [ledger] state in
            switch state {
            case .idle: return nil
            case .stopping(let task): return task
            case .serving(let daemon, let listener):
                // Shared by all callers, and not to be cut short by the cancellation of one.
                let task = Task {
                    await ledger.wait(for: .nothingSuspended)
                    await Self.stop(daemon, listener)
                }
                state = .stopping(task)
                return task
            }
        }
        await task?.value
    }

    /// Stops a daemon on a thread of its own, because that waits for other threads.
    private static func stop(_ daemon: Daemon, _ listener: FileDescriptorBox) async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let work: @Sendable () -> Void = {
                daemon.stop()
                // Only now may the listener be closed: a thread could still have been using it.
                withExtendedLifetime(listener) {}
                done.resume()
            }
            // Without a thread to spare, waiting here is the lesser evil.
            if (try? NamedThread("http-stop", work)) == nil { work() }
        }
    }
}
