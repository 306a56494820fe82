internal import CLinux
internal import Glibc

/// Listening TCP sockets on numeric addresses.
package enum TCPListener {
    /// Listens, without waiting.
    ///
    /// - Parameters:
    ///   - address: "127.0.0.1", "::" (IPv4 too), or "localhost" for 127.0.0.1. Other names are not
    ///     looked up, because that may wait.
    ///   - port: The port; 0 takes a free one.
    ///   - backlog: Connections that wait for `accept`.
    /// - Returns: A non-blocking socket, closed on exec.
    /// - Throws: `SystemError`: `EADDRINUSE` when another program listens there, `EACCES` for a
    ///   privileged port, `EINVAL` when the address is not numeric.
    package static func open(
        _ address: String,
        port: UInt16,
        backlog: Int32 = 1024
    ) throws(SystemError) -> FileDescriptor {
        let operation = "listen on \(address.contains(":") ? "[\(address)]" : address):\(port)"
        let family = unsafe with(address, port) { family, _, _ in family }
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
        let bound = unsafe with(address, port) { _, address, size in
            unsafe bind(number, address, size)
        }
        guard bound == 0, listen(number, backlog) == 0 else { throw .last(operation) }
        return descriptor
    }

    /// The port that a socket really has; 0 for one that is not TCP.
    ///
    /// - Parameter number: A bound socket.
    package static func port(of number: CInt) -> UInt16 {
        let address = address(of: number)
        switch CInt(address.sin6_family) {
        // The port stands at the same place in both families.
        case AF_INET, AF_INET6: return UInt16(bigEndian: address.sin6_port)
        default: return 0
        }
    }

    /// The beginning of a bound socket's address, which is all of it for TCP.
    private static func address(of number: CInt) -> sockaddr_in6 {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(number, $0, &size)
            }
        }
        precondition(code == 0, "a bound socket has a name")
        return address
    }

    /// Whether only this machine can reach a listening socket: one on a loopback address, or one that
    /// is not TCP at all.
    ///
    /// - Parameter number: A bound socket.
    package static func isLocal(_ number: CInt) -> Bool {
        let address = address(of: number)
        switch CInt(address.sin6_family) {
        case AF_INET:
            // The address stands where version 6 has its flow: 127.0.0.0/8, first byte first.
            return address.sin6_flowinfo.bigEndian >> 24 == 127
        case AF_INET6:
            let bytes = unsafe withUnsafeBytes(of: address.sin6_addr) { unsafe Array($0) }
            return bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
        default: return true
        }
    }

    /// What has arrived on a connection.
    package struct Progress: Sendable, Hashable {
        /// Bytes in all.
        package let received: UInt64
        /// Time since the last of them, or since the connection was made.
        package let silence: Duration
    }

    /// What has arrived on a connection, whoever has read it.
    ///
    /// - Parameter number: A connected socket.
    /// - Returns: Nil for a socket that is not TCP.
    package static func progress(of number: CInt) -> Progress? {
        var received: UInt64 = 0
        var silence: UInt32 = 0
        guard unsafe linux_tcp_progress(number, &received, &silence) == 0 else { return nil }
        return Progress(received: received, silence: .milliseconds(Int(silence)))
    }

    /// Makes the kernel refuse new connections; the descriptor stays open.
    ///
    /// - Parameter number: A socket from `open`.
    package static func refuseConnections(_ number: CInt) {
        // Fails only for a socket that does not listen, which is what is wanted.
        _ = shutdown(number, CInt(SHUT_RDWR))
    }

    private static func with<Value>(
        _ text: String,
        _ port: UInt16,
        _ body: (CInt, UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value? {
        var four = sockaddr_in()
        let name = text == "localhost" ? "127.0.0.1" : text
        if unsafe inet_pton(AF_INET, name, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            return unsafe withUnsafePointer(to: &four) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe body(AF_INET, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var six = sockaddr_in6()
        guard unsafe inet_pton(AF_INET6, name, &six.sin6_addr) == 1 else { return nil }
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        return unsafe withUnsafePointer(to: &six) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body(AF_INET6, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}
