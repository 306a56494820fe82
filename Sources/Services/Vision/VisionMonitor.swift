internal import DeviceClient
internal import DeviceProtocol
internal import JSON
internal import LanguagePipeline
internal import LanguageService
internal import Logging
internal import POSIX

/// What the service knows of its model, so that health and readiness are true without waiting.
final class VisionMonitor: Sendable {
    /// Why the service ends.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var reason: String? = "starting"
        var device = "unknown"
        var isLoaded = false
        /// Bytes that the model's engines take.
        var bytes = 0
    }

    private let device: DeviceClient
    private let conversations: Conversations
    private let settings: VisionSettings
    private let logger: Logger
    private let state = Guarded(State())

    /// How often the manager is asked while all is well.
    private static let interval = Duration.seconds(2)
    /// How often it is asked while it is not.
    private static let impatience = Duration.milliseconds(50)

    init(
        device: DeviceClient,
        conversations: Conversations,
        settings: VisionSettings,
        logger: Logger
    ) {
        self.device = device
        self.conversations = conversations
        self.settings = settings
        self.logger = logger
    }

    /// Why the service cannot work now, or nil when it can.
    var notReady: String? { state.withLock { $0.reason } }
    /// The device that runs the model.
    var deviceName: String { state.withLock { $0.device } }
    /// Whether the model is in memory.
    var isLoaded: Bool { state.withLock { $0.isLoaded } }
    /// Bytes that the model's engines take.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Asks the manager again and again until the task is cancelled.
    ///
    /// - Throws: `Failure` when no manager answers for longer than the service waits at the start.
    func watch() async throws(Failure) {
        let began = MonotonicTime.now
        var mustLoad = settings.preloads
        var hasAnswered = false
        while !Task.isCancelled {
            hasAnswered = await look(mustLoad: mustLoad) || hasAnswered
            if !hasAnswered, .now - began > settings.patience, !Task.isCancelled {
                throw Failure(
                    description: "no device manager answers: start 'baton device', or set"
                        + " 'loading.device_timeout'"
                )
            }
            // A load that failed or took too long is begun again, when the manager lets it.
            if mustLoad, ["model_loading", "model_failed"].contains(notReady) {
                mustLoad = await !load()
            }
            // Cancellation ends the loop; there is nothing to do about it here.
            try? await Task.sleep(for: notReady == nil ? Self.interval : Self.impatience)
        }
    }

    private func load() async -> Bool {
        do {
            try await conversations.load(conversations.model(settings.model), as: .background)
            return true
        } catch {
            logger.error("the model could not be loaded", [("reason", "\(error)")])
            // Whoever refuses says when to come back; without a word a second is civil.
            let pause = (error as? DeviceError)?.retryAfter ?? .seconds(1)
            try? await Task.sleep(for: pause)
            return false
        }
    }

    /// Looks at what the manager reports; whether it answered.
    private func look(mustLoad: Bool) async -> Bool {
        var seen = State()
        var hasAnswered = false
        do {
            let report = try await device.status()
            hasAnswered = true
            seen = see(report)
            if seen.reason == nil, mustLoad, !seen.isLoaded { seen.reason = "model_loading" }
        } catch {
            seen.reason = "device_manager_unavailable"
        }
        let result = seen
        let before = state.withLock { state in
            defer { state = result }
            return state.reason
        }
        if before != result.reason {
            logger.info("readiness", [("state", result.reason ?? "ready")])
        }
        return hasAnswered
    }

    private func see(_ report: JSONValue) -> State {
        var state = State()
        let model: Conversations.Model
        do {
            model = try conversations.model(settings.model)
        } catch {
            state.reason = error.status == 404 ? "model_missing" : "model_unusable"
            return state
        }
        let entries = (report["models"]?.arrayValue ?? []).filter { entry in
            guard entry["engine"] == "llama", let name = entry["name"]?.stringValue else {
                return false
            }
            return Conversations.model(ofResidency: name) == model.name
        }
        let ready = entries.filter { $0["state"] == "ready" }
        state.isLoaded = !ready.isEmpty
        state.bytes = ready.reduce(0) { $0 + ($1["bytes"]?.integerValue ?? 0) }
        state.device = (ready.first ?? entries.first)?["device"]?.stringValue ?? "unknown"
        // A model that is not in memory is loaded when a request needs it; one that failed is not.
        let hasFailed = ready.isEmpty && entries.contains { $0["state"] == "failed" }
        state.reason =
            hasFailed ? "model_failed" : report["draining"] == true ? "draining" : nil
        return state
    }
}
