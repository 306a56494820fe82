internal import Glibc
internal import POSIX

/// A blocking TCP client for one exchange; a fuzzer calls from a thread that may wait.
struct LoopbackClient: ~Copyable {
    private let socket: FileDescriptor

    /// Connects to 127.0.0.1.
    init(port: UInt16) throws(SystemError) {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(AF_INET, type, 0)
        guard number >= 0 else { throw .last("make a socket") }
        let socket = FileDescriptor(owning: number)
        // Closing resets: a million closed connections would otherwise wait for a minute each and
        // use up the ports.
        var option = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        _ = unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &option, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // A fuzzer interrupts calls with its timer; a connection is made all the same.
        guard code == 0 || errno == EINTR else { throw .last("connect to port \(port)") }
        _ = Self.wait(for: POLLOUT, on: number, atMost: -1)
        self.socket = socket
    }

    /// Sends bytes; a server that has closed already is fine.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { rest in
                Self.again {
                    unsafe Glibc.send(
                        socket.number,
                        rest.baseAddress,
                        rest.count,
                        CInt(MSG_NOSIGNAL)
                    )
                }
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Waits for the first byte that arrives, or for the server to close.
    func wait(atMost milliseconds: CInt) {
        _ = Self.wait(for: POLLIN, on: socket.number, atMost: milliseconds)
    }

    /// Says that nothing more will be sent.
    func finish() {
        _ = shutdown(socket.number, CInt(SHUT_WR))
    }

    /// What arrives until the server closes.
    ///
    /// - Parameter milliseconds: How long the server may be silent.
    /// - Returns: The bytes, and whether the server closed rather than be silent for so long.
    func answer(silence milliseconds: CInt) -> (bytes: [UInt8], isClosed: Bool) {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            guard Self.wait(for: POLLIN, on: socket.number, atMost: milliseconds) else {
                return (bytes, false)
            }
            let count = Self.again { unsafe recv(socket.number, &chunk, chunk.count, 0) }
            guard count > 0 else { return (bytes, true) }
            bytes += chunk.prefix(count)
        }
    }

    /// Waits, at least as long as it says; each interruption begins anew.
    private static func wait(
        for event: CInt,
        on number: CInt,
        atMost milliseconds: CInt
    ) -> Bool {
        var entry = pollfd(fd: number, events: Int16(event), revents: 0)
        return again { Int(unsafe poll(&entry, 1, milliseconds)) } > 0
    }

    /// Repeats a call that a signal interrupted.
    private static func again(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
