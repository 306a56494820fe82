internal import DeviceClient
internal import LlamaServer
internal import POSIX
internal import ServiceKit

/// Takes turns on engines: a residency that the manager knows, a ticket, a connection.
struct EngineTurns: Sendable {
    let device: DeviceClient
    let loop: EventLoop
    let residencies: Residencies

    /// Runs work on an engine while it is granted.
    ///
    /// - Parameters:
    ///   - plan: How the model is started.
    ///   - model: The model's name.
    ///   - claim: For whom, and how urgently.
    ///   - keepAlive: How long the model stays afterwards.
    ///   - isShort: Whether all that `body` computes takes some hundred microseconds at most: it is then
    ///     run by the thread on which the grant arrives, which spares two changes of threads.
    ///   - meanwhile: What is done once while the turn is being asked for.
    ///   - body: The work; run again with another grant when the engine is lost.
    /// - Returns: What `body` returns.
    /// - Throws: `DeviceError` when there is no turn, or whatever `body` throws.
    func take<Value: Sendable>(
        _ plan: LoadPlan,
        of model: LanguageModel,
        for claim: RequestClaim,
        keepAlive: ResidencySpan,
        isShort: Bool = false,
        meanwhile: () -> Void = {},
        _ body: (Grant, EngineConnection) async throws -> Value
    ) async throws -> Value {
        try await residencies.with(plan, model: model.name) { name in
            try await withTaskExecutorPreference(isShort ? device.executor : WorkerPool.shared) {
                try await device.withTicket(
                    models: [name],
                    ticketClass: claim.ticketClass,
                    key: claim.key,
                    subKey: claim.subKey,
                    deadline: claim.deadline,
                    keepAlive: keepAlive,
                    meanwhile: meanwhile
                ) { grant in
                    var spare: FileDescriptorBox? = try grant.socket(to: name)
                    let connection = EngineConnection(loop: loop) {
                        if let socket = spare.take() { return socket }
                        return try await grant.connect(to: name)
                    }
                    return try await body(grant, connection)
                }
            }
        }
    }
}

/// Questions that are answered as a whole, within one turn.
extension EngineTurns {
    /// What an engine answered, and what the wait for its turn was spent on.
    struct Answer<Value: Sendable>: Sendable {
        let value: Value
        /// Loading the model.
        let loading: Duration
        /// Everything else.
        let queue: Duration
    }

    /// Asks an engine, which is counted as a request of its model.
    ///
    /// - Parameters:
    ///   - plan: How the model is started.
    ///   - model: The model.
    ///   - claim: For whom, and how urgently.
    ///   - keepAlive: How long the model stays afterwards.
    ///   - metrics: Where it is counted.
    ///   - body: Asks; again with another connection when the engine is lost.
    /// - Throws: As `take`.
    func ask<Value: Sendable>(
        _ plan: LoadPlan,
        of model: LanguageModel,
        for claim: RequestClaim,
        keepAlive: ResidencySpan,
        counting metrics: LanguageMetrics,
        _ body: (EngineConnection) async throws -> Value
    ) async throws -> Answer<Value> {
        let asked = MonotonicTime.now
        var request = metrics.begin(model.name)
        return try await take(plan, of: model, for: claim, keepAlive: keepAlive) {
            grant,
            connection in
            request.run(true)
            defer { request.run(false) }
            let queue = MonotonicTime.now - asked - grant.loading
            let value = try await body(connection)
            return Answer(value: value, loading: grant.loading, queue: queue)
        }
    }
}
