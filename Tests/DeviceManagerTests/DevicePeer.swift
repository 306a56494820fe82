import DeviceProtocol
import Glibc
import JSON
import POSIX
import TestKit

/// A client of the device socket that sends what it likes and keeps what it is told, in order.
final class DevicePeer: Sendable {
    /// What arrived; nil is the end.
    private let arrived = Inbox<JSONObject?>()
    private let descriptors = Inbox<FileDescriptorBox>()
    private let connection: FrameConnection
    private let socket: FileDescriptorBox

    init(path: String, _ loop: EventLoop) throws {
        socket = FileDescriptorBox(try Socket.connect(to: path))
        connection = try FrameConnection(
            socket: socket,
            loop: loop,
            handlers: FrameConnection.Handlers(
                frame: { [arrived, descriptors] frame, boxes in
                    for box in boxes { descriptors.put(box) }
                    arrived.put(frame)
                },
                closed: { [arrived] _ in arrived.put(nil) }
            )
        )
    }

    func send(_ frame: JSONObject, descriptors: [FileDescriptorBox] = []) {
        connection.send(frame, descriptors: descriptors)
    }

    /// Writes bytes past the frames; few enough for the kernel to take at once.
    func send(bytes: [UInt8]) { _ = write(socket.number, bytes, bytes.count) }

    func close() { connection.close() }

    /// The next frame, or nil at the end.
    func next() async -> JSONObject? { await arrived.next() }

    /// The next descriptor that came with a frame.
    func descriptor() async -> FileDescriptorBox { await descriptors.next() }

    /// Sends a request and returns the next frame.
    func ask(_ frame: JSONObject) async -> JSONObject? {
        send(frame)
        return await next()
    }
}

extension JSONObject {
    /// The error's code.
    var code: String? { self["code"]?.stringValue }
}
