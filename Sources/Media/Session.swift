internal import DeviceProtocol
internal import Glibc
internal import JSON
internal import POSIX

/// The helper's one connection and the worker behind it.
final class Session: Sendable {
    private let worker: Guarded<Worker>
    /// Nil until `begin`; then constant.
    private let connection = Guarded<FrameConnection?>(nil)

    /// Prepares a session.
    ///
    /// - Parameter byteLimit: Most bytes of open pictures.
    init(byteLimit: Int) {
        worker = Guarded(Worker(byteLimit: byteLimit))
    }

    /// Starts to answer; call on the loop's thread, so that no frame comes before this returns.
    ///
    /// - Throws: `SystemError` when the socket cannot be watched.
    func begin(on socket: FileDescriptorBox, loop: EventLoop) throws(SystemError) {
        let handlers = FrameConnection.Handlers(
            frame: { [self] frame, descriptors in answer(frame, descriptors) },
            closed: { reason in
                guard let reason else { exit(0) }
                Self.fail(reason)
            }
        )
        let made = try FrameConnection(socket: socket, loop: loop, handlers: handlers)
        connection.withLock { $0 = made }
    }

    /// Says why on standard error and ends the process.
    static func fail(_ reason: String) -> Never {
        let line = Array("baton-media: \(reason)\n".utf8)
        // Nothing helps if standard error is gone.
        _ = unsafe write(2, line, line.count)
        exit(1)
    }

    private func answer(_ frame: JSONObject, _ descriptors: [FileDescriptorBox]) {
        do {
            let reply = try worker.withLock { worker throws(FrameError) in
                try worker.perform(frame, descriptors)
            }
            connection.withLock { $0 }?.send(reply)
        } catch {
            Self.fail(error.description)
        }
    }
}
