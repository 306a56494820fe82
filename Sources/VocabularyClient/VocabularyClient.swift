internal import DeviceProtocol
internal import JSON
package import Logging
package import POSIX
package import Sandboxing
internal import VocabularyProtocol

/// Counts, makes and reads tokens of models without an engine, in one process that it starts.
///
/// The process starts with the first request, ends when it was idle for long, and starts again when
/// it was lost. It loads the vocabularies of GGUF files and nothing else of them; a large one takes
/// a second the first time, a short text 0.1 ms after that. Requests are done one after the other.
///
/// A text has at most `VocabularyLimits.textBytes`; it is never split, because tokens may span any
/// cut. A cancelled task leaves at once.
package actor VocabularyClient {
    private struct Pending {
        let frame: JSONObject
        let waiter: CheckedContinuation<JSONObject, any Error>
    }

    private let configuration: VocabularyConfiguration
    private let loop: EventLoop
    private let spawner: Spawner
    private let logger: Logger
    private var state: VocabularyState
    private var requests: [Int: Pending] = [:]
    private var nextRequest = 1
    private var confined: ConfinedProcess?
    private var connection: FrameConnection?
    /// Tells the events of the present process from those of an earlier one.
    private var generation = 0
    private var timer: EventLoop.Timer?
    private var leaving: [CheckedContinuation<Void, Never>] = []
    /// How the process is protected; nil until the first one was started.
    package private(set) var sandbox: SandboxReport?

    /// The loop's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    /// Creates a client without a process.
    ///
    /// - Parameters:
    ///   - configuration: What the process may use.
    ///   - loop: Where it lives; its thread must run as long as the process shall.
    ///   - logger: Where ends of the process are reported.
    package init(configuration: VocabularyConfiguration, loop: EventLoop, logger: Logger) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        spawner = Spawner(loop: loop)
        state = VocabularyState(
            .init(
                requests: configuration.requestLimit,
                timeLimit: configuration.timeLimit,
                idleLimit: configuration.idleLimit
            )
        )
    }

    /// The number of the process, for status; nil when there is none.
    package var processID: Int32? { confined?.process.pid }

    /// Ends the process and waits until it is gone; whoever waits is failed, later callers too.
    package func shutdown() async {
        perform(state.close())
        guard confined != nil else { return }
        await withCheckedContinuation { leaving.append($0) }
    }

    /// Asks the process and waits for its answer.
    ///
    /// - Parameter frame: A request without `request_id`.
    /// - Returns: A reply that is no error.
    /// - Throws: `VocabularyError`, or `CancellationError`.
    func request(_ frame: JSONObject) async throws -> JSONObject {
        let id = nextRequest
        nextRequest += 1
        var frame = frame
        frame["request_id"] = JSONValue(id)
        let sent = frame
        let reply = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                requests[id] = Pending(frame: sent, waiter: waiter)
                perform(state.ask(id, at: .now))
            }
        } onCancel: {
            // Runs after the lines above, which hold the loop's thread.
            loop.submit { [self] in assumeIsolated { $0.cancel(id) } }
        }
        if let error = VocabularyError(reply: reply) { throw error }
        return reply
    }

    private func cancel(_ id: Int) {
        guard let request = requests.removeValue(forKey: id) else { return }
        state.cancel(id)
        request.waiter.resume(throwing: CancellationError())
        arm()
    }

    // MARK: Actions

    private func perform(_ actions: [VocabularyState.Action]) {
        for action in actions {
            switch action {
            case .start: start()
            case .send(let id):
                // Without a connection the process was not started, and its end is told already.
                if let request = requests[id] { connection?.send(request.frame) }
            case .fail(let id, let error):
                requests.removeValue(forKey: id)?.waiter.resume(throwing: error)
            case .end:
                connection?.close()
                // Nothing in it is worth a farewell, and it may be busy for long.
                confined?.process.kill()
            }
        }
        arm()
    }

    private func arm() {
        if let timer = timer.take() { loop.cancel(timer) }
        guard let deadline = state.deadline else { return }
        timer = loop.schedule(at: deadline) { [self] in
            assumeIsolated { $0.perform($0.state.advance(to: .now)) }
        }
    }

    // MARK: The process

    private func start() {
        generation += 1
        let own = generation
        do {
            try launch(own)
        } catch {
            logger.error(
                "the vocabulary process cannot be started",
                [("reason", error.description)]
            )
            // Told later, as a process would be: the action that sends follows this one.
            loop.submit { [self] in
                assumeIsolated { $0.perform($0.state.lost(.failure(error.description), at: .now)) }
            }
        }
    }

    private func launch(_ own: Int) throws(SystemError) {
        let (ours, theirs) = try Socket.pair()
        let made = try FrameConnection(
            socket: ours,
            loop: loop,
            frameLimit: VocabularyLimits.frameBytes,
            queueLimit: 2 * VocabularyLimits.frameBytes,
            handlers: .init(
                frame: { [self] reply, _ in assumeIsolated { $0.receive(reply) } },
                closed: { [self] _ in assumeIsolated { $0.closed(own) } }
            )
        )
        do {
            confined = try ConfinedProcess(
                configuration.options(parent: CurrentProcess.id),
                launcher: configuration.launcher,
                environment: configuration.environment,
                descriptors: [(VocabularyLimits.connection, theirs)],
                spawner: spawner,
                loop: loop,
                onReport: { [self] report in assumeIsolated { $0.sandboxed(report) } },
                onExit: { [self] status in assumeIsolated { $0.ended(status) } }
            )
            connection = made
        } catch {
            made.close()
            throw error
        }
    }

    private func receive(_ reply: JSONObject) {
        guard let id = reply["request_id"]?.integerValue else { return }
        let request = requests.removeValue(forKey: id)
        perform(state.answered(id, at: .now))
        request?.waiter.resume(returning: reply)
    }

    /// Whoever closes its connection without ending is beyond hope.
    private func closed(_ own: Int) {
        if own == generation { confined?.process.kill() }
    }

    private func ended(_ status: ExitStatus) {
        // Why the launcher could not start the program, if so.
        let failure = confined.take()?.report?.failure
        connection.take()?.close()
        let reason = "the vocabulary process \(status)"
        let loss: VocabularyState.Loss =
            switch status {
            case .exited: .failure(failure ?? reason)
            case .killed: .crash(reason)
            }
        if state.isWanted {
            logger.warning("the vocabulary process ended", [("status", "\(status)")])
        }
        perform(state.lost(loss, at: .now))
        guard confined == nil else { return }
        for waiter in leaving { waiter.resume() }
        leaving = []
    }

    private func sandboxed(_ report: SandboxReport) {
        guard report != sandbox else { return }
        sandbox = report
        let active = report.active.map(\.rawValue).joined(separator: ",")
        let missing = report.missing.map(\.description).joined(separator: ", ")
        guard !missing.isEmpty else {
            return logger.info("the vocabulary process is protected", [("by", active)])
        }
        logger.warning(
            "the vocabulary process is less protected",
            [("missing", missing), ("by", active)]
        )
    }
}
