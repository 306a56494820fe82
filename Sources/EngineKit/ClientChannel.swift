import DeviceProtocol
import JSON
import POSIX

/// A client's channel: its connection and the buffers that it has passed.
///
/// Only used on the loop's thread, apart from `connection`.
final class ClientChannel: Sendable {
    let connection: FrameConnection
    private let buffers = Guarded(BufferTable())

    init(_ connection: FrameConnection) {
        self.connection = connection
    }

    /// The channel's buffers after a frame's announcements.
    ///
    /// - Throws: `FrameError`; the channel cannot go on then.
    func update(
        from frame: JSONObject,
        _ descriptors: [FileDescriptorBox]
    ) throws(FrameError) -> BufferTable {
        try buffers.withLock { buffers throws(FrameError) in
            try buffers.update(from: frame, descriptors: descriptors)
            return buffers
        }
    }
}

extension FrameConnection {
    /// Answers a request with what it asked for.
    func reply(_ id: Int, _ members: [(String, JSONValue)] = []) {
        send(JSONObject([("request_id", JSONValue(id)), ("status", "ok")] + members))
    }

    /// Answers a request with the reason against it.
    func reply(_ id: Int, _ error: EngineError) {
        var message = JSONObject([
            ("request_id", JSONValue(id)),
            ("error", .string(error.message)),
            ("code", .string(error.code.rawValue)),
        ])
        if let need = error.need {
            message["output"] = .string(need.output)
            message["needed_bytes"] = JSONValue(need.bytes)
        }
        send(message)
    }
}
