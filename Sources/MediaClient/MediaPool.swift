package import DeviceProtocol
internal import JSON
package import Logging
internal import MediaProtocol
package import POSIX
package import Sandboxing

/// A bounded set of helper processes that decode and prepare images.
///
/// Untrusted bytes are only ever parsed in a helper, which has no network and no files and can be
/// ended at any moment. Helpers start when they are needed, and end when they were idle for long.
package actor MediaPool {
    private typealias Waiter = CheckedContinuation<MediaHelper, any Error>

    private let configuration: MediaConfiguration
    private let loop: EventLoop
    private let spawner: Spawner
    private let logger: Logger
    private var state: MediaPoolState
    private var helpers: [Int: MediaHelper] = [:]
    private var waiters: [Int: Waiter] = [:]
    private var leaving: [CheckedContinuation<Void, Never>] = []
    /// Processes that were started and have not ended.
    private var living = 0
    private var nextCaller = 1
    private var timer: EventLoop.Timer?
    /// How helpers are protected; nil until the first one was started.
    package private(set) var sandbox: SandboxReport?
    private var startFailure = "a media helper does not start"

    /// The loop's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    /// Creates a pool without helpers.
    ///
    /// - Parameters:
    ///   - configuration: What it may use.
    ///   - loop: Where it lives; its thread must run as long as the helpers shall.
    ///   - logger: Where ends of helpers are reported.
    package init(configuration: MediaConfiguration, loop: EventLoop, logger: Logger) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        spawner = Spawner(loop: loop)
        state = MediaPoolState(
            .init(
                helpers: configuration.helpers,
                images: configuration.imagesPerHelper,
                queue: configuration.queueLimit,
                keptIdle: configuration.keptIdle,
                idleLimit: configuration.idleLimit
            )
        )
    }

    /// Opens an image, runs `body` with it, and closes it.
    ///
    /// When the helper ends by itself meanwhile, everything is done once more in another, `body`
    /// included; it must be repeatable. A cancelled task leaves the queue at once, and leaves a
    /// request in flight as soon as nobody writes into its buffers any more, at most a quarter of a
    /// second later.
    ///
    /// - Parameters:
    ///   - input: Holds the encoded image; must not change until this returns.
    ///   - offset: Where the image starts.
    ///   - count: Bytes of the image.
    ///   - maximumPixels: More are refused before anything is decoded.
    ///   - body: What to do with the image, which is only valid inside.
    /// - Returns: What `body` returns.
    /// - Throws: `MediaError`, `CancellationError`, or what `body` throws.
    package nonisolated func withImage<Result>(
        _ input: SharedBuffer,
        offset: Int = 0,
        count: Int,
        maximumPixels: Int = MediaLimits.pixels,
        _ body: (MediaImage) async throws -> Result
    ) async throws -> Result {
        let frame = JSONObject([
            ("action", "open"),
            (
                "input",
                [
                    "buffer": JSONValue(input.id), "offset": JSONValue(offset),
                    "count": JSONValue(count),
                ]
            ),
            ("max_pixels", JSONValue(maximumPixels)),
        ])
        var patience = Patience()
        while true {
            let helper = try await acquire()
            let outcome = await attempt(helper, frame, input, body)
            await release(helper.id)
            switch outcome {
            case .finished(let result): return result
            case .failed(let error): throw error
            case .lost(let loss): try patience.bear(loss)
            }
        }
    }

    /// Starts helpers before they are needed.
    ///
    /// - Parameter count: How many shall live; never more than the configuration allows.
    package func warm(_ count: Int = 1) {
        perform(state.warm(count, at: .now))
    }

    /// Ends every helper and waits until they are gone; whoever waits or works is failed.
    ///
    /// Later callers are refused.
    package func shutdown() async {
        perform(state.close())
        guard living > 0 else { return }
        await withCheckedContinuation { leaving.append($0) }
    }

    /// The numbers of the helpers' processes, for status.
    package var processes: [Int32] {
        helpers.values.compactMap(\.pid).sorted()
    }

    /// The error that a caller sees for a loss that is not repeated.
    static func error(for loss: MediaHelper.Queue.Loss) -> any Error {
        switch loss {
        case .cancelled: CancellationError()
        case .tookTooLong: MediaError(.timeout, "the image took too long")
        case .duringRequest, .beside: MediaError(.failed, "a media helper ended")
        }
    }

    // MARK: Places

    private func acquire() async throws -> MediaHelper {
        let caller = nextCaller
        nextCaller += 1
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                waiters[caller] = waiter
                perform(state.acquire(caller, at: .now))
            }
        } onCancel: {
            // Runs after the lines above, which hold the loop's thread.
            loop.submit { [self] in assumeIsolated { $0.cancel(caller) } }
        }
    }

    private func cancel(_ caller: Int) {
        guard state.cancel(caller) else { return }
        waiters.removeValue(forKey: caller)?.resume(throwing: CancellationError())
    }

    private func release(_ helper: Int) {
        perform(state.release(helper, at: .now))
    }

    private enum Outcome<Result> {
        case finished(Result)
        case failed(any Error)
        case lost(MediaHelper.Queue.Loss)
    }

    private nonisolated func attempt<Result>(
        _ helper: MediaHelper,
        _ frame: JSONObject,
        _ input: SharedBuffer,
        _ body: (MediaImage) async throws -> Result
    ) async -> Outcome<Result> {
        let limit = configuration.timeLimit
        let image: MediaImage
        do {
            let reply = try await helper.request(frame, buffers: [input], limit: limit)
            image = try MediaImage(reply, helper: helper, timeLimit: limit)
        } catch let loss as MediaHelper.Queue.Loss {
            return .lost(loss)
        } catch {
            return .failed(error)
        }
        defer { image.close() }
        do {
            return .finished(try await body(image))
        } catch {
            return image.loss.map { .lost($0) } ?? .failed(error)
        }
    }

    private func perform(_ actions: [MediaPoolState.Action]) {
        for action in actions {
            switch action {
            case .start(let helper): start(helper)
            case .grant(let caller, let helper):
                let waiter = waiters.removeValue(forKey: caller)
                if let granted = helpers[helper] {
                    waiter?.resume(returning: granted)
                } else {
                    waiter?.resume(throwing: MediaError(.failed, startFailure))
                }
            case .refuse(let caller, let error):
                waiters.removeValue(forKey: caller)?.resume(throwing: error)
            case .end(let helper): helpers.removeValue(forKey: helper)?.end()
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

    // MARK: Helpers

    private func start(_ id: Int) {
        let handlers = MediaHelper.Handlers(
            sandboxed: { [self] report in assumeIsolated { $0.sandboxed(report) } },
            answered: { [self] in assumeIsolated { $0.state.answered() } },
            ended: { [self] status, isFault in
                assumeIsolated { $0.ended(id, status, isFault: isFault) }
            }
        )
        do {
            helpers[id] = try MediaHelper(
                id: id,
                configuration: configuration,
                loop: loop,
                spawner: spawner,
                handlers: handlers
            )
            living += 1
        } catch {
            startFailure = error.description
            logger.error("a media helper cannot be started", [("reason", error.description)])
            // Told later, as a process would be: the action that grants a place follows this one.
            loop.submit { [self] in
                assumeIsolated { $0.perform($0.state.lost(id, isFault: true, at: .now)) }
            }
        }
    }

    /// Helpers are all protected alike, so only a change is worth a line.
    private func sandboxed(_ report: SandboxReport) {
        guard report != sandbox else { return }
        sandbox = report
        let active = report.active.map(\.rawValue).joined(separator: ",")
        let missing = report.missing.map(\.description).joined(separator: ", ")
        guard !missing.isEmpty else {
            return logger.info("media helpers are protected", [("by", active)])
        }
        logger.warning("media helpers are less protected", [("missing", missing), ("by", active)])
    }

    private func ended(_ id: Int, _ status: ExitStatus, isFault: Bool) {
        living -= 1
        helpers.removeValue(forKey: id)
        if isFault { logger.warning("a media helper ended", [("status", "\(status)")]) }
        perform(state.lost(id, isFault: isFault, at: .now))
        guard living == 0 else { return }
        for waiter in leaving { waiter.resume() }
        leaving = []
    }
}

/// How often one caller's work is repeated.
private struct Patience {
    private var ownFaults = 0
    private var others = 0

    /// Returns when the work shall be repeated, throws when not.
    mutating func bear(_ loss: MediaHelper.Queue.Loss) throws {
        if Task.isCancelled { throw CancellationError() }
        switch loss {
        case .duringRequest: ownFaults += 1
        // Another image in the same helper may be the poison, so this one has more attempts.
        case .beside: others += 1
        case .cancelled, .tookTooLong: throw MediaPool.error(for: loss)
        }
        guard ownFaults <= 1, others <= 3 else {
            throw MediaError(.failed, "media helpers ended \(ownFaults + others) times over it")
        }
    }
}
