internal import CLinux
internal import Glibc
internal import POSIX

/// A server on loopback that says exactly what a test's script says.
///
/// Every connection has a thread of its own in which the script runs and may block. When the server
/// is let go all connections are cut, so that scripts end.
package final class ScriptedServer: Sendable {
    /// One connection.
    package final class Connection: Sendable {
        private let socket: FileDescriptorBox
        private let unread = Guarded<[UInt8]>([])
        /// The how manieth connection of the server it is, from 0.
        package let number: Int

        init(_ socket: FileDescriptorBox, number: Int) {
            self.socket = socket
            self.number = number
        }

        /// Reads the head of a request, to its empty line; nil when the client closes before.
        package func readHead() -> String? {
            while true {
                let head = unread.withLock { bytes -> String? in
                    guard let end = Self.headEnd(bytes) else { return nil }
                    let head = String(decoding: bytes[..<end], as: UTF8.self)
                    bytes.removeFirst(end)
                    return head
                }
                if let head { return head }
                guard readMore() else { return nil }
            }
        }

        /// Reads so many bytes; fewer when the client closes before.
        ///
        /// - Parameter count: How many.
        package func read(_ count: Int) -> [UInt8] {
            while unread.withLock({ $0.count }) < count, readMore() {}
            return unread.withLock { bytes in
                let found = Array(bytes.prefix(count))
                bytes.removeFirst(found.count)
                return found
            }
        }

        /// Sends bytes; false when the client has gone.
        ///
        /// - Parameter bytes: The bytes.
        @discardableResult
        package func send(_ bytes: [UInt8]) -> Bool { send(bytes[...]) }

        /// Sends bytes; false when the client has gone.
        ///
        /// - Parameter bytes: The bytes.
        @discardableResult
        package func send(_ bytes: ArraySlice<UInt8>) -> Bool {
            var rest = bytes
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(socket.number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }

        /// Sends text; false when the client has gone.
        ///
        /// - Parameter text: The text.
        @discardableResult
        package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

        /// Sends a whole answer.
        ///
        /// - Parameters:
        ///   - status: The status.
        ///   - fields: Lines of the head, without their ends.
        ///   - body: The body.
        package func answer(_ status: Int, _ fields: [String] = [], _ body: [UInt8] = []) {
            let lines = ["HTTP/1.1 \(status) Text", "Content-Length: \(body.count)"] + fields
            send(lines.joined(separator: "\r\n") + "\r\n\r\n")
            send(body)
        }

        /// Waits until the client closes; what it sends meanwhile is dropped.
        package func waitForClose() {
            while readMore() { unread.withLock { $0 = [] } }
        }

        /// Closes with a reset instead of an end.
        package func reset() {
            var option = linger(l_onoff: 1, l_linger: 0)
            let size = socklen_t(MemoryLayout<linger>.size)
            setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &option, size)
            // The last owner's close sends the reset; nothing can be read or written before.
        }

        func cut() { Socket.shutDown(socket.number) }

        private func readMore() -> Bool {
            var room = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = recv(socket.number, &room, room.count, 0)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                let piece = room.prefix(count)
                unread.withLock { $0 += piece }
                return true
            }
        }

        private static func headEnd(_ bytes: [UInt8]) -> Int? {
            let end: [UInt8] = [13, 10, 13, 10]
            guard bytes.count >= 4 else { return nil }
            return (0...bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == end }.map { $0 + 4 }
        }
    }

    private final class Shared: Sendable {
        struct State {
            var connections: [ObjectIdentifier: Connection] = [:]
            var count = 0
            var isOver = false
        }

        let state = Guarded(State())
        let listener: FileDescriptorBox
        let script: @Sendable (Connection) -> Void

        init(_ listener: FileDescriptorBox, _ script: @escaping @Sendable (Connection) -> Void) {
            self.listener = listener
            self.script = script
        }

        func serve() {
            while true {
                let number = accept(listener.number, nil, nil)
                if number < 0 && (errno == EINTR || errno == ECONNABORTED) { continue }
                guard number >= 0 else { return }
                let box = FileDescriptorBox(owning: number)
                _ = linux_set_close_on_exec(number, 1)
                let connection = state.withLock { state -> Connection? in
                    guard !state.isOver else { return nil }
                    let connection = Connection(box, number: state.count)
                    state.count += 1
                    state.connections[ObjectIdentifier(connection)] = connection
                    return connection
                }
                guard let connection else { return }
                let thread = try? NamedThread("script") { [self] in
                    script(connection)
                    state.withLock { _ = $0.connections.removeValue(forKey: .init(connection)) }
                }
                thread?.detach()
            }
        }

        func end() {
            let connections = state.withLock { state in
                state.isOver = true
                return Array(state.connections.values)
            }
            for connection in connections { connection.cut() }
            Socket.shutDown(listener.number)
        }
    }

    private let shared: Shared
    /// The port on 127.0.0.1; 0 for a Unix socket.
    package let port: UInt16

    /// Connections that were made so far.
    package var connections: Int { shared.state.withLock { $0.count } }

    /// Listens on a free port of 127.0.0.1.
    ///
    /// - Parameter script: What each connection says; when it returns the connection is closed.
    /// - Throws: `SystemError`.
    package convenience init(
        _ script: @escaping @Sendable (Connection) -> Void
    ) throws {
        try self.init(FileDescriptorBox(TCPListener.open("127.0.0.1", port: 0)), script)
    }

    /// Listens at a path.
    ///
    /// - Parameters:
    ///   - path: The path of the Unix socket.
    ///   - script: What each connection says.
    /// - Throws: `SystemError`.
    package convenience init(
        at path: String,
        _ script: @escaping @Sendable (Connection) -> Void
    ) throws {
        try self.init(FileDescriptorBox(Socket.listen(at: path, mode: 0o600)), script)
    }

    private init(
        _ listener: FileDescriptorBox,
        _ script: @escaping @Sendable (Connection) -> Void
    ) throws {
        try listener.setNonblocking(false)
        port = TCPListener.port(of: listener.number)
        let shared = Shared(listener, script)
        self.shared = shared
        try NamedThread("scripted-server") { shared.serve() }.detach()
    }

    deinit {
        shared.end()
    }
}
