internal import CLinux
internal import Glibc

/// Unix stream sockets: listening, connecting, and messages that carry descriptors.
package enum Socket {
    /// Most descriptors that one message carries.
    package static let maximumDescriptors = Int(LINUX_MAX_DESCRIPTORS)

    /// Who is at the other end of a connection, as the kernel recorded when it was made.
    package struct Peer: Sendable, Hashable {
        /// The process; it may have ended since, and its number may be another's now.
        package let pid: Int32
        /// The user.
        package let uid: UInt32
        /// The group.
        package let gid: UInt32
    }

    /// What one call to `receive` brought.
    package struct Received: ~Copyable {
        /// How many bytes arrived; 0 means that the peer closed.
        package let count: Int
        /// Descriptors that arrived with these bytes; the receiver owns them.
        package let descriptors: [CInt]
    }

    /// A connected pair of sockets, both closed on exec.
    ///
    /// - Throws: `SystemError` when the process has no descriptor left.
    package static func pair() throws(SystemError) -> (FileDescriptorBox, FileDescriptorBox) {
        var numbers: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &numbers) == 0 else {
            throw .last("make a socket pair")
        }
        return (FileDescriptorBox(owning: numbers[0]), FileDescriptorBox(owning: numbers[1]))
    }

    /// Listens at a path, replacing a socket that a dead process left there.
    ///
    /// Two processes that start at the same moment on one path are not told apart; the folder's
    /// owner starts only one.
    ///
    /// - Parameters:
    ///   - path: At most 107 bytes.
    ///   - mode: Who may connect, as permission bits; applied before the first connection is possible.
    ///   - backlog: Connections that wait for `accept`.
    /// - Throws: `SystemError`; `EADDRINUSE` when a living process listens there, `EEXIST` when the
    ///   path is a file of another kind, which is never removed.
    package static func listen(
        at path: String,
        mode: UInt32,
        backlog: Int32 = 128
    ) throws(SystemError) -> FileDescriptor {
        try removeDeadSocket(path)
        let socket = try open("listen at '\(path)'")
        guard unsafe withAddress(path, { unsafe bind(socket.number, $0, $1) }) == 0 else {
            throw .last("listen at '\(path)'")
        }
        // Nobody can connect between bind and listen, so the mode leaves no gap; the umask would be
        // another way, but it belongs to the whole process.
        guard unsafe chmod(path, mode) == 0, Glibc.listen(socket.number, backlog) == 0 else {
            throw .last("listen at '\(path)'")
        }
        try socket.setNonblocking(true)
        return socket
    }

    /// Takes one waiting connection.
    ///
    /// - Parameter listener: A non-blocking listening socket.
    /// - Returns: The connection, non-blocking, or nil when none waits.
    /// - Throws: `SystemError` when the process has no descriptor left.
    package static func accept(
        from listener: FileDescriptorBox
    ) throws(SystemError) -> FileDescriptorBox? {
        let number = linux_accept(listener.number)
        if number >= 0 { return FileDescriptorBox(owning: number) }
        switch errno {
        case EAGAIN, EINTR, ECONNABORTED: return nil
        default: throw .last("accept a connection")
        }
    }

    /// Connects to a path; Unix sockets connect or fail without waiting unless the backlog is full.
    ///
    /// - Parameters:
    ///   - path: At most 107 bytes.
    ///   - waits: Whether to wait while the backlog is full; the socket is non-blocking otherwise.
    /// - Throws: `SystemError`; `ENOENT` or `ECONNREFUSED` when nobody listens there, `EAGAIN` when
    ///   the backlog is full.
    package static func connect(
        to path: String,
        waits: Bool = true
    ) throws(SystemError) -> FileDescriptor {
        let socket = try open("connect to '\(path)'")
        if !waits { try socket.setNonblocking(true) }
        guard unsafe withAddress(path, { unsafe Glibc.connect(socket.number, $0, $1) }) == 0 else {
            throw .last("connect to '\(path)'")
        }
        return socket
    }

    /// The process at the other end.
    ///
    /// - Parameter socket: A connected Unix socket.
    /// - Throws: `SystemError` when it is not one.
    package static func peer(of socket: CInt) throws(SystemError) -> Peer {
        var pid: pid_t = 0
        var uid: uid_t = 0
        var gid: gid_t = 0
        guard unsafe linux_peer_credentials(socket, &pid, &uid, &gid) == 0 else {
            throw .last("read a peer's credentials")
        }
        return Peer(pid: pid, uid: uid, gid: gid)
    }

    /// The supplementary groups of the process at the other end, as they were when it connected.
    ///
    /// - Parameter socket: A connected Unix socket.
    /// - Returns: The groups; none when the kernel does not tell.
    package static func peerGroups(of socket: CInt) -> [UInt32] {
        // Hardly anybody is in more than the first; the second is NGROUPS_MAX of the kernel.
        for capacity in [64, 65_536] {
            var groups = [gid_t](repeating: 0, count: capacity)
            let count = unsafe linux_peer_groups(socket, &groups, CInt(capacity))
            if count >= 0 { return Array(groups.prefix(Int(count))) }
        }
        return []
    }

    /// Sends as much as the kernel takes now.
    ///
    /// - Parameters:
    ///   - bytes: What to send; must not be empty.
    ///   - descriptors: Attached to the first byte; at most `maximumDescriptors`. They stay the
    ///     caller's, and travel exactly when the result is above 0.
    ///   - socket: A connected, non-blocking Unix socket.
    /// - Returns: How many bytes were taken; 0 when the buffer is full.
    /// - Throws: `SystemError`; `EPIPE` when the peer has closed.
    package static func send(
        _ bytes: UnsafeRawBufferPointer,
        descriptors: [CInt] = [],
        on socket: CInt
    ) throws(SystemError) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        let sent = unsafe linux_send(
            socket,
            start,
            bytes.count,
            descriptors,
            CInt(descriptors.count),
            0
        )
        if sent >= 0 { return sent }
        if errno == EAGAIN { return 0 }
        throw .last("send on a socket")
    }

    /// Sends a short message on a fresh socket, whose buffer is empty.
    ///
    /// - Parameters:
    ///   - bytes: The message.
    ///   - socket: A connected, non-blocking Unix socket.
    /// - Throws: `SystemError`; `EAGAIN` when the kernel did not take all of it.
    package static func sendAll(_ bytes: [UInt8], on socket: CInt) throws(SystemError) {
        let sent = unsafe linux_send(socket, bytes, bytes.count, nil, 0, 0)
        guard sent >= 0 else { throw .last("send on a socket") }
        guard sent == bytes.count else {
            throw SystemError(code: EAGAIN, operation: "send on a socket")
        }
    }

    /// Receives bytes that have arrived; descriptors among them are closed.
    ///
    /// - Parameters:
    ///   - limit: Most bytes.
    ///   - socket: A connected, non-blocking Unix socket.
    /// - Returns: The bytes; empty when nothing has arrived, nil when the peer has closed.
    /// - Throws: `SystemError`; `ECONNRESET` when the peer closed with unread data.
    package static func receive(
        atMost limit: Int,
        on socket: CInt
    ) throws(SystemError) -> [UInt8]? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 16)
        defer { unsafe buffer.deallocate() }
        return unsafe try receive(through: buffer, on: socket)
    }

    /// Receives bytes that have arrived through room that is there already.
    ///
    /// - Parameters:
    ///   - room: Where the bytes are put first.
    ///   - socket: A connected, non-blocking socket; descriptors that come along are lost.
    /// - Returns: What arrived, empty when nothing has; nil at the end of the stream.
    /// - Throws: `SystemError`; `ECONNRESET` when the peer closed with unread data.
    package static func receive(
        through room: UnsafeMutableRawBufferPointer,
        on socket: CInt
    ) throws(SystemError) -> [UInt8]? {
        var count: Int
        repeat {
            count = unsafe recv(socket, room.baseAddress, room.count, 0)
        } while count < 0 && errno == EINTR
        if count < 0 {
            if errno == EAGAIN { return [] }
            throw .last("receive on a socket")
        }
        return count == 0 ? nil : unsafe Array(room.prefix(count))
    }

    /// Ends both directions of a connection, for everybody who holds it.
    ///
    /// - Parameter socket: A socket; one that is not connected any more is fine.
    package static func shutDown(_ socket: CInt) {
        _ = shutdown(socket, CInt(SHUT_RDWR))
    }

    /// Receives what has arrived.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go.
    ///   - socket: A connected, non-blocking Unix socket.
    /// - Returns: What arrived, or nil when nothing has.
    /// - Throws: `SystemError`; `ECONNRESET` when the peer closed with unread data.
    package static func receive(
        into buffer: UnsafeMutableRawBufferPointer,
        on socket: CInt
    ) throws(SystemError) -> Received? {
        guard let start = buffer.baseAddress else { return nil }
        var descriptors = [CInt](repeating: -1, count: maximumDescriptors)
        var descriptorCount: CInt = 0
        let received = unsafe linux_receive(
            socket,
            start,
            buffer.count,
            &descriptors,
            &descriptorCount,
            0
        )
        if received >= 0 {
            return Received(
                count: received,
                descriptors: Array(descriptors.prefix(Int(descriptorCount)))
            )
        }
        if errno == EAGAIN { return nil }
        throw .last("receive on a socket")
    }

    private static func open(_ operation: String) throws(SystemError) -> FileDescriptor {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw .last(operation) }
        return FileDescriptor(owning: number)
    }

    private static func removeDeadSocket(_ path: String) throws(SystemError) {
        var status = stat()
        // What cannot be examined is not removed; binding reports it.
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SystemError(code: EEXIST, operation: "listen at '\(path)', which is no socket")
        }
        // Only the kernel knows whether a socket file still has an owner: try it, without waiting
        // for one whose backlog is full.
        let probe = try open("listen at '\(path)'")
        try probe.setNonblocking(true)
        let result = unsafe withAddress(path) { unsafe Glibc.connect(probe.number, $0, $1) }
        let code = result == 0 ? EADDRINUSE : errno
        guard code == ECONNREFUSED else {
            let reason = code == EAGAIN ? EADDRINUSE : code
            throw SystemError(code: reason, operation: "listen at '\(path)'")
        }
        guard unsafe Glibc.unlink(path) == 0 else { throw .last("replace the socket '\(path)'") }
    }

    /// Calls the kernel with the address of a path, or of `@name` in the abstract name space.
    static func withAddress(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard !bytes.isEmpty, bytes.count < capacity else {
            errno = bytes.isEmpty ? EINVAL : ENAMETOOLONG
            return -1
        }
        // Abstract names begin with a zero byte and are as long as the address says.
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        let head = MemoryLayout<sockaddr_un>.size - capacity
        let length = head + bytes.count + (isAbstract ? 0 : 1)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(length))
            }
        }
    }
}

/// A descriptor that several owners share; closed when the last one lets go.
package final class FileDescriptorBox: Sendable {
    private let descriptor: FileDescriptor

    /// The kernel's number; valid while this object lives.
    package var number: CInt { descriptor.number }

    /// Takes ownership of a number.
    ///
    /// - Parameter number: An open descriptor that nobody else closes.
    package init(owning number: CInt) {
        descriptor = FileDescriptor(owning: number)
    }

    /// Takes over an owned descriptor.
    ///
    /// - Parameter descriptor: The descriptor; ownership moves here.
    package init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    /// Makes reads and writes return `EAGAIN` instead of waiting, or wait again.
    ///
    /// - Parameter enabled: Whether calls return at once.
    /// - Throws: `SystemError` when the kernel refuses.
    package func setNonblocking(_ enabled: Bool) throws(SystemError) {
        try descriptor.setNonblocking(enabled)
    }
}
