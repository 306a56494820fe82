package import POSIX

/// Where a server listens.
package enum Listener: Sendable {
    /// A numeric address or "localhost", and a port; 0 takes a free one.
    case tcp(String, port: UInt16)
    /// A Unix socket: its path, and who may connect, as permission bits.
    case unix(String, mode: UInt32)
    /// A listening socket that somebody else has opened, such as systemd.
    case inherited(FileDescriptorBox)

    /// Opens the socket.
    ///
    /// - Throws: `SystemError`: `EADDRINUSE` when another program listens there, `EINVAL` when the
    ///   address is not numeric.
    func open() throws(SystemError) -> FileDescriptorBox {
        switch self {
        case .tcp(let address, let port):
            FileDescriptorBox(try TCPListener.open(address, port: port))
        case .unix(let path, let mode):
            FileDescriptorBox(try Socket.listen(at: path, mode: mode))
        case .inherited(let socket): socket
        }
    }

    /// Makes the kernel refuse new connections at a socket that we opened; another's stays as it is,
    /// so that its next user finds the clients that wait there.
    func refuseConnections(_ socket: FileDescriptorBox) {
        switch self {
        case .tcp: TCPListener.refuseConnections(socket.number)
        case .unix(let path, _):
            TCPListener.refuseConnections(socket.number)
            Files.remove(path)
        case .inherited: break
        }
    }

    /// Whether what arrives can be encrypted; on a Unix socket nobody listens in.
    var mayEncrypt: Bool {
        switch self {
        case .tcp, .inherited: true
        case .unix: false
        }
    }
}
