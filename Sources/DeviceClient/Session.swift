internal import DeviceProtocol
internal import JSON
internal import Logging
internal import POSIX

/// One connection to the device manager, with everything that ends with it.
final class Session: Sendable {
    let connection: RequestConnection
    let tickets: Tickets
    let listeners: Listeners
    /// Whether this side ended it, so that nothing is asked again.
    private let isEnded = Guarded(false)
    private let name: String
    private let isGreeted = Guarded(false)

    /// Connects.
    ///
    /// - Parameters:
    ///   - path: The device socket.
    ///   - name: What the manager's status calls this client.
    ///   - loop: Where frames are received.
    ///   - logger: Where it speaks.
    ///   - leaving: Called when an engine is about to leave.
    ///   - lost: Called once when the connection has ended.
    /// - Throws: `SystemError` when no manager answers.
    init(
        path: String,
        name: String,
        loop: EventLoop,
        logger: Logger,
        leaving: @escaping @Sendable (RequestConnection.Reply) -> Void,
        lost: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let tickets = Tickets(loop: loop, logger: logger)
        let listeners = Listeners()
        let socket = FileDescriptorBox(try Socket.connect(to: path))
        connection = try RequestConnection(
            socket: socket,
            loop: loop,
            arrived: { tickets.adopt($0) },
            events: { reply in
                if reply.object["event"] == "leaving" { return leaving(reply) }
                tickets.hear(reply)
                listeners.hear(reply.object)
            },
            closed: { _ in
                lost()
                tickets.lose()
                listeners.lose()
            }
        )
        self.tickets = tickets
        self.listeners = listeners
        self.name = name
    }

    /// Introduces the client, once: only who answers is a manager that lives.
    ///
    /// A socket whose manager is being killed accepts connections until the very end.
    ///
    /// - Returns: Whether it was the first time.
    /// - Throws: `DeviceError`; `unavailable` when there is no answer.
    func greet() async throws(DeviceError) -> Bool {
        if isGreeted.withLock({ $0 }) { return false }
        _ = try await connection.call(["action": "hello", "client": .string(name)])
        isGreeted.withLock { $0 = true }
        return true
    }

    /// Ends it on purpose.
    func end() {
        isEnded.withLock { $0 = true }
        connection.close()
    }

    /// Whether the manager has gone, or broken off.
    var isLost: Bool { !connection.isOpen && !isEnded.withLock { $0 } }
}
