internal import Glibc
internal import POSIX

/// Opens listening TCP sockets.
enum Listener {
    /// Connections that wait to be accepted.
    private static let backlog: CInt = 1024

    /// Listens, without waiting.
    ///
    /// - Parameters:
    ///   - address: A numeric address, or "localhost".
    ///   - port: The port; 0 takes a free one.
    /// - Throws: `SystemError`: `EADDRINUSE` when another program listens there, `EACCES` for a
    ///   privileged port, `EINVAL` when the address is none.
    static func open(_ address: String, _ port: UInt16) throws(SystemError) -> FileDescriptor {
        let operation = "listen on \(address.contains(":") ? "[\(address)]" : address):\(port)"
        let family = unsafe SocketAddress.with(address, port: port) { family, _, _ in family }
        guard let family else { throw SystemError(code: EINVAL, operation: operation) }
        let type =
            CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            | CInt(SOCK_NONBLOCK.rawValue)
        let number = socket(family, type, 0)
        guard number >= 0 else { throw .last(operation) }
        let descriptor = FileDescriptor(owning: number)
        // Without it a restart would fail while old connections are in TIME_WAIT.
        var on: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        _ = unsafe setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, size)
        let bound = unsafe SocketAddress.with(address, port: port) { _, address, size in
            unsafe bind(number, address, size)
        }
        guard bound == 0, listen(number, backlog) == 0 else { throw .last(operation) }
        return descriptor
    }

    /// The port that a socket really has.
    static func port(of number: CInt) -> UInt16 {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(number, $0, &size)
            }
        }
        precondition(code == 0, "a bound socket has a name")
        // The port stands at the same place in both families.
        return UInt16(bigEndian: address.sin6_port)
    }

    /// Makes the kernel refuse new connections; the descriptor stays open.
    static func refuseConnections(_ number: CInt) {
        // Fails only for a socket that does not listen, which is what is wanted.
        _ = shutdown(number, CInt(SHUT_RDWR))
    }
}
