internal import DeviceProtocol
internal import JSON
package import POSIX

/// An engine that is about to leave memory, and the last chance to ask it for something.
///
/// It leaves when `done` is called, when its time is over, or when this value is let go.
package final class EngineDeparture: Sendable {
    /// The model.
    package let model: String
    /// What tells the engine from all others; see `Grant.engines`.
    package let engine: String
    /// When it ends at the latest.
    package let end: MonotonicTime
    /// A connection to it, non-blocking.
    package let socket: FileDescriptorBox
    private let isOver = Guarded(false)
    private let send: @Sendable (JSONObject) -> Void

    /// Reads the manager's notice; nil for other frames.
    ///
    /// - Parameters:
    ///   - reply: The frame.
    ///   - send: Answers the manager.
    init?(_ reply: RequestConnection.Reply, send: @escaping @Sendable (JSONObject) -> Void) {
        guard reply.object["event"] == "leaving", let model = reply.object["model"]?.stringValue,
            let engine = reply.object["engine"]?.stringValue,
            let grace = reply.object["grace_ms"]?.integerValue,
            let socket = reply.descriptors.first
        else { return nil }
        self.model = model
        self.engine = engine
        self.socket = socket
        self.send = send
        end = .now + .milliseconds(grace)
    }

    deinit { done() }

    /// Lets the engine go.
    package func done() {
        let wasOver = isOver.withLock { isOver in
            defer { isOver = true }
            return isOver
        }
        guard !wasOver else { return }
        send(["action": "parted", "engine": .string(engine)])
    }
}

extension DeviceClient {
    /// The engines that are about to leave whose models this client has defined with a notice.
    ///
    /// One reader. Those for which there is no room leave at once.
    package var departures: AsyncStream<EngineDeparture> { departing.stream }
}
