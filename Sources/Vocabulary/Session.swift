internal import CVocabulary
internal import DeviceProtocol
internal import Glibc
internal import JSON
internal import POSIX
internal import VocabularyProtocol

/// The process's one connection and the worker behind it.
final class Session: Sendable {
    /// Bytes of a text from which on memory is given back; chosen: it takes a millisecond, the text
    /// a hundred.
    private static let longText = 1 << 18

    private let worker: Guarded<Worker>
    /// Nil until `begin`; then constant.
    private let connection = Guarded<FrameConnection?>(nil)

    /// Prepares a session.
    ///
    /// - Parameter capacity: How many vocabularies are kept.
    init(capacity: Int) {
        worker = Guarded(Worker(capacity: capacity))
    }

    /// Starts to answer; call on the loop's thread, so that no frame comes before this returns.
    ///
    /// - Throws: `SystemError` when the socket cannot be watched.
    func begin(on socket: FileDescriptorBox, loop: EventLoop) throws(SystemError) {
        let handlers = FrameConnection.Handlers(
            frame: { [self] frame, _ in answer(frame) },
            closed: { reason in
                guard let reason else { exit(0) }
                Self.fail(reason)
            }
        )
        let made = try FrameConnection(
            socket: socket,
            loop: loop,
            frameLimit: VocabularyLimits.frameBytes,
            queueLimit: 2 * VocabularyLimits.frameBytes,
            handlers: handlers
        )
        connection.withLock { $0 = made }
    }

    /// Says why on standard error and ends the process.
    static func fail(_ reason: String) -> Never {
        LibraryLog.write(reason)
        exit(1)
    }

    private func answer(_ frame: JSONObject) {
        let reply = worker.withLock { $0.perform(frame) }
        connection.withLock { $0 }?.send(reply)
        // A long text takes a hundred times its length for a moment, which the allocator would keep.
        if (frame["text"]?.textValue?.utf8.count ?? 0) > Self.longText { vocabulary_trim_memory() }
    }
}
