internal import Glibc
internal import POSIX

/// Where a server listens on this machine.
package enum Endpoint: Sendable, Hashable {
    /// A port of 127.0.0.1.
    case tcp(UInt16)
    /// The path of a Unix socket.
    case unix(String)

    /// Listens; port 0 takes a free one.
    ///
    /// - Returns: The listening socket, non-blocking, and where it really listens.
    /// - Throws: `SystemError` when somebody else is there.
    func listen() throws(SystemError) -> (socket: FileDescriptorBox, endpoint: Endpoint) {
        switch self {
        case .tcp(let port):
            let socket = try FileDescriptorBox(TCPListener.open("127.0.0.1", port: port))
            return (socket, .tcp(TCPListener.port(of: socket.number)))
        case .unix(let path):
            return (try FileDescriptorBox(Socket.listen(at: path, mode: 0o600)), self)
        }
    }

    /// Connects; blocks for as long as the kernel takes, which on one machine is not long.
    ///
    /// - Returns: The connection, non-blocking.
    /// - Throws: `SystemError` when nobody listens.
    func connect() throws(SystemError) -> FileDescriptorBox {
        let socket: FileDescriptorBox
        switch self {
        case .unix(let path): socket = try FileDescriptorBox(Socket.connect(to: path))
        case .tcp(let port):
            let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            let number = Glibc.socket(AF_INET, type, 0)
            guard number >= 0 else { throw .last("make a socket") }
            socket = FileDescriptorBox(owning: number)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let code = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard code == 0 else { throw .last("connect to port \(port)") }
            // Pieces shall arrive as they were planned, not as the kernel gathers them.
            var on: CInt = 1
            setsockopt(number, CInt(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        }
        try socket.setNonblocking(true)
        return socket
    }
}
