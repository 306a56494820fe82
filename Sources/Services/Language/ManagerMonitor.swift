internal import DeviceClient
internal import Logging
internal import POSIX

/// Whether the device manager answers, so that readiness tells the truth without waiting.
final class ManagerMonitor: Sendable {
    private let device: DeviceClient
    private let logger: Logger
    private let reason = Guarded<String?>("starting")

    /// How often it is asked while all is well.
    private static let interval = Duration.seconds(2)
    /// How often it is asked while it is not.
    private static let impatience = Duration.milliseconds(100)

    init(device: DeviceClient, logger: Logger) {
        self.device = device
        self.logger = logger
    }

    /// Why the service cannot work now, or nil when it can.
    var notReady: String? { reason.withLock { $0 } }

    /// Asks again and again until the task is cancelled.
    func watch() async {
        while !Task.isCancelled {
            let seen: String?
            do {
                try await device.ping()
                seen = nil
            } catch {
                seen = "device_manager_unavailable"
            }
            let before = reason.withLock { reason in
                defer { reason = seen }
                return reason
            }
            if before != seen { logger.info("readiness", [("state", seen ?? "ready")]) }
            // Cancellation ends the loop; there is nothing to do about it here.
            try? await Task.sleep(for: seen == nil ? Self.interval : Self.impatience)
        }
    }
}
