package import DeviceClient
internal import DeviceProtocol
internal import JSON
package import Logging
internal import POSIX

/// What a service knows of its model, so that health and readiness tell the truth without waiting.
package final class ModelMonitor: Sendable {
    private struct State {
        var reason: String? = "starting"
        var device = "unknown"
        var isKnown = false
        var isLoaded = false
        var loads = 0
    }

    private let manager: DeviceClient
    private let model: String
    private let logger: Logger
    private let state = Guarded(State())

    /// How often the manager is asked while all is well.
    private static let interval = Duration.seconds(2)
    /// How often it is asked while it is not.
    private static let impatience = Duration.milliseconds(50)

    /// Creates a monitor that knows nothing yet.
    ///
    /// - Parameters:
    ///   - device: The way to the manager.
    ///   - model: The model that the service needs.
    ///   - logger: Where changes are told.
    package init(device: DeviceClient, model: String, logger: Logger) {
        manager = device
        self.model = model
        self.logger = logger
    }

    /// Why the service cannot work now, or nil when it can.
    package var notReady: String? { state.withLock { $0.reason } }
    /// The device that runs the model.
    package var device: String { state.withLock { $0.device } }
    /// Whether the manager knows the model.
    package var isKnown: Bool { state.withLock { $0.isKnown } }
    /// Whether the model is in memory.
    package var isLoaded: Bool { state.withLock { $0.isLoaded } }
    /// How often the manager has loaded the model.
    package var loads: Int { state.withLock { $0.loads } }

    /// Asks the manager again and again until the task is cancelled.
    ///
    /// - Parameter preloading: Whether the model is loaded first; readiness waits for that.
    package func watch(preloading: Bool) async {
        var mustLoad = preloading
        while !Task.isCancelled {
            await look(mustLoad: mustLoad)
            if mustLoad, notReady == "models_loading" { mustLoad = await !load() }
            let pause = notReady == nil ? Self.interval : Self.impatience
            // Cancellation ends the loop; there is nothing to do about it here.
            try? await Task.sleep(for: pause)
        }
    }

    private func load() async -> Bool {
        do {
            try await manager.load(model, ticketClass: .background)
            return true
        } catch {
            logger.error("the model could not be loaded", [("reason", "\(error)")])
            // Whoever refuses says when to come back; without a word a second is civil.
            try? await Task.sleep(for: error.retryAfter ?? .seconds(1))
            return false
        }
    }

    private func look(mustLoad: Bool) async {
        var seen = State()
        do {
            let report = try await manager.status()
            seen = Self.state(of: model, in: report)
            if seen.reason == nil, mustLoad, !seen.isLoaded { seen.reason = "models_loading" }
        } catch {
            seen.reason = "device_manager_unavailable"
        }
        let result = seen
        let before = state.withLock { state in
            let before = state.reason
            state = result
            return before
        }
        guard before != result.reason else { return }
        logger.info("readiness", [("state", result.reason ?? "ready")])
    }

    private static func state(of model: String, in report: JSONValue) -> State {
        var state = State()
        let found = report["models"]?.arrayValue?.first { $0["name"]?.stringValue == model }
        guard let found else {
            state.reason = "model_missing"
            return state
        }
        state.isKnown = true
        state.device = found["device"]?.stringValue ?? "unknown"
        state.loads = found["loads"]?.integerValue ?? 0
        state.isLoaded = found["state"]?.stringValue == "ready"
        // A model that is not in memory is loaded when a request needs it; one that failed is not.
        let hasFailed = found["state"]?.stringValue == "failed"
        state.reason =
            hasFailed ? "model_failed" : report["draining"] == true ? "draining" : nil
        return state
    }
}
