package import DeviceProtocol
package import JSON
package import Logging
package import POSIX

/// What a service holds: its connection to the device manager.
///
/// Connects when it is first needed. When the manager goes away, calls that it had not answered are
/// asked once more as soon as it is back: for `patience` from the loss on, attempts to connect follow
/// each other with growing pauses; after that, and before there ever was a manager, calls fail at
/// once. Everything here may be called from any task.
package final class DeviceClient: Sendable {
    private struct State {
        var session: Session?
        /// When the last connection was lost; nil while one is open or none ever was.
        var lostAt: MonotonicTime?
    }

    private let path: String
    private let name: String
    private let patience: Duration
    let loop: EventLoop
    let logger: Logger
    private let state = Guarded(State())
    /// Runs tasks where the manager and the engines answer, which saves every request two thread
    /// changes; see `LoopTaskExecutor` for what such tasks may do.
    package let executor: LoopTaskExecutor
    /// Engines that are about to leave.
    let departing = AsyncStream<EngineDeparture>.makeStream(
        bufferingPolicy: .bufferingOldest(mostDeparting)
    )

    /// Engines that are about to leave and that nobody has looked at yet, at most.
    private static let mostDeparting = 64

    /// Creates a client that has not connected yet.
    ///
    /// - Parameters:
    ///   - path: The device socket.
    ///   - name: What the manager's status calls this client.
    ///   - loop: Where frames are received.
    ///   - logger: Where it speaks.
    ///   - patience: How long after a loss calls wait for the manager to come back.
    package init(
        path: String,
        name: String,
        loop: EventLoop,
        logger: Logger,
        patience: Duration = .seconds(2)
    ) {
        self.path = path
        self.name = name
        self.loop = loop
        self.logger = logger
        self.patience = patience
        executor = LoopTaskExecutor(loop)
    }

    // MARK: Models and status

    /// Asks whether the manager answers.
    ///
    /// - Throws: `DeviceError`; `unavailable` when no manager answers.
    package func ping() async throws(DeviceError) {
        _ = try await ask { ["action": "ping"] }
    }

    /// Makes a model resident, and returns when it is.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - ticketClass: In which class the loading runs.
    ///   - keepAlive: How long it is to stay without tickets from now on; nil for as before.
    ///   - deadline: How long to wait for it; nil means as long as it takes.
    /// - Throws: `DeviceError`.
    package func load(
        _ model: String,
        ticketClass: TicketClass,
        keepAlive: ResidencySpan? = nil,
        deadline: Duration? = nil
    ) async throws(DeviceError) {
        let deadline = deadline.map { MonotonicTime.now + $0 }
        _ = try await ask(before: deadline) {
            var request: JSONObject = [
                "action": "load", "model": .string(model), "class": .string(ticketClass.rawValue),
            ]
            if let keepAlive { request["keep_alive_ms"] = keepAlive.milliseconds }
            request.setRest(of: deadline)
            return request
        }
    }

    /// Makes a model known to the manager, which may forget it again when nobody needs it.
    ///
    /// - Parameter definition: The model.
    /// - Throws: `DeviceError`; `forbidden` when this user may not, `queueFull` when another model of
    ///   its name is in use.
    package func define(_ definition: ModelDefinition) async throws(DeviceError) {
        _ = try await ask { ["action": "define", "model": definition.json] }
    }

    /// Takes a model out of memory when no ticket needs it; returns when the memory is back.
    ///
    /// - Parameter model: The model.
    /// - Throws: `DeviceError`.
    package func unload(_ model: String) async throws(DeviceError) {
        _ = try await ask { ["action": "unload", "model": .string(model)] }
    }

    /// Makes a model stay in memory, or lets it go again as others do.
    ///
    /// - Parameters:
    ///   - model: The model, as the manager knows it.
    ///   - isPinned: Whether it stays.
    /// - Returns: Whether the manager will know it after its own end.
    /// - Throws: `DeviceError`; `unknownModel`, `forbidden` when this user may not.
    package func pin(_ model: String, _ isPinned: Bool) async throws(DeviceError) -> Bool {
        let (reply, _) = try await ask {
            ["action": "pin", "model": .string(model), "pinned": .bool(isPinned)]
        }
        return reply.object["stored"]?.boolValue ?? false
    }

    /// The manager's report of devices, models and tickets.
    ///
    /// - Returns: The report.
    /// - Throws: `DeviceError`; `unavailable` when no manager answers.
    package func status() async throws(DeviceError) -> JSONValue {
        let (reply, _) = try await ask { ["action": "status"] }
        return reply.object["device"] ?? .null
    }

    /// Ends the connection; waiting calls fail, and later ones connect anew.
    package func close() {
        let session = state.withLock { state in
            // Nobody waits for a manager that was left on purpose.
            state.lostAt = nil
            return state.session.take()
        }
        session?.end()
    }

    // MARK: The connection

    /// Asks for something that may be repeated: once more when the manager is lost before it answers.
    ///
    /// - Parameters:
    ///   - deadline: When the answer is of no use any more.
    ///   - meanwhile: What is done once the request is out for the first time.
    ///   - request: Makes the request, for each attempt anew.
    func ask(
        before deadline: MonotonicTime? = nil,
        meanwhile: () -> Void = {},
        _ request: () -> JSONObject
    ) async throws(DeviceError) -> (reply: RequestConnection.Reply, session: Session) {
        let first = try await session(before: deadline)
        do throws(DeviceError) {
            return (try await first.connection.call(request(), meanwhile: meanwhile), first)
        } catch {
            guard first.isLost, error.code == .unavailable, !Task.isCancelled else { throw error }
            logger.warning("the device manager was lost, asking once more")
            // This task may run before the connection's own handler.
            lost()
            let second = try await session(before: deadline)
            return (try await second.connection.call(request()), second)
        }
    }

    /// The open session or a new one.
    ///
    /// - Parameter deadline: When a session is of no use any more.
    func session(before deadline: MonotonicTime? = nil) async throws(DeviceError) -> Session {
        var pauses = BackOff(first: .milliseconds(10), longest: .milliseconds(250))
        while true {
            do throws(DeviceError) {
                let session = try openSession()
                if try await session.greet() { state.withLock { $0.lostAt = nil } }
                return session
            } catch {
                lost()
                let pause = pauses.next()
                guard error.code == .unavailable,
                    let end = state.withLock({ $0.lostAt.map { $0 + patience } }),
                    .now + pause < min(end, deadline ?? end), !Task.isCancelled
                else { throw error }
                // Cancelled, it ends at once, and so does the loop after one more attempt.
                try? await Task.sleep(for: pause)
            }
        }
    }

    private func openSession() throws(DeviceError) -> Session {
        do {
            // Under the lock, or two first callers would each connect and one lose its tickets.
            return try state.withLock { state throws(SystemError) in
                if let open = state.session, open.connection.isOpen { return open }
                let made = try Session(
                    path: path,
                    name: name,
                    loop: loop,
                    logger: logger,
                    leaving: { [weak self] in self?.leaving($0) },
                    lost: { [weak self] in self?.lost() }
                )
                state.session = made
                return made
            }
        } catch {
            throw Self.unavailable(error)
        }
    }

    private func leaving(_ reply: RequestConnection.Reply) {
        guard let session = state.withLock({ $0.session }) else { return }
        let departure = EngineDeparture(reply) { [weak session] in session?.connection.send($0) }
        // What finds no room is let go with this.
        if let departure { departing.continuation.yield(departure) }
    }

    private func lost() {
        state.withLock { state in
            // After `close` there is no session, and nothing was lost.
            guard state.session?.isLost == true, state.lostAt == nil else { return }
            state.lostAt = .now
        }
    }

    private static func unavailable(_ error: SystemError) -> DeviceError {
        DeviceError(
            .unavailable,
            "the device manager does not answer: \(error.description)",
            retryAfter: .seconds(1)
        )
    }
}
