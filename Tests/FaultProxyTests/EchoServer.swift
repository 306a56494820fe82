import FaultProxy
import Glibc
import POSIX
import TestKit

/// Sends back what it gets, each connection on a thread of its own, until it is let go.
final class EchoServer: Sendable {
    let endpoint: Endpoint
    /// What each connection brought, once it has ended, and whether it ended with an error.
    let endings = Inbox<(bytes: [UInt8], error: CInt?)>()
    private let listener: FileDescriptorBox
    private let loop: EventLoop

    /// Listens on a free port of 127.0.0.1, or at a path.
    init(at path: String? = nil) throws {
        loop = try EventLoop(name: "echo")
        if let path {
            listener = FileDescriptorBox(try Socket.listen(at: path, mode: 0o600))
            endpoint = .unix(path)
        } else {
            listener = FileDescriptorBox(try TCPListener.open("127.0.0.1", port: 0))
            endpoint = .tcp(TCPListener.port(of: listener.number))
        }
        _ = try loop.watch(listener.number, for: .readable) { [listener, endings] _ in
            guard let connection = (try? Socket.accept(from: listener)) ?? nil else { return }
            try? connection.setNonblocking(false)
            // Without a thread nobody is served, and the test ends by its time limit.
            try? NamedThread("echo") { Self.serve(connection, endings) }.detach()
        }
    }

    deinit { loop.stop() }

    private static func serve(
        _ connection: FileDescriptorBox,
        _ endings: Inbox<(bytes: [UInt8], error: CInt?)>
    ) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(connection.number, &chunk, chunk.count, 0)
            guard count > 0 else {
                return endings.put((bytes, count < 0 ? errno : nil))
            }
            bytes += chunk.prefix(count)
            guard send(connection.number, chunk, count, CInt(MSG_NOSIGNAL)) == count else {
                return endings.put((bytes, errno))
            }
        }
    }
}
