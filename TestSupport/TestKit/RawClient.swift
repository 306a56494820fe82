internal import Glibc
internal import POSIX

/// A TCP client that sends exactly the bytes it is given; waits on one event loop, never in a task.
package final class RawClient: Sendable {
    /// What the server answered.
    package struct Response: Sendable {
        /// The status; 0 when the first line is malformed.
        package var status = 0
        /// The header fields in the order in which they came.
        package var fields: [(name: String, value: String)] = []
        /// The body.
        package var body: [UInt8] = []

        /// The body as text.
        package var text: String { String(decoding: body, as: UTF8.self) }

        /// The first field of a name, whatever its case.
        ///
        /// - Parameter name: The name.
        package subscript(name: String) -> String? {
            fields.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// The stream has ended before the answer.
    package struct Closed: Error {}

    private final class WatchBox: Sendable {
        let watch = Guarded<EventLoop.Watch?>(nil)
    }

    private let loop: EventLoop
    private let socket: FileDescriptorBox
    private let received = Guarded<[UInt8]>([])
    private let isReset = Guarded(false)

    /// Connects to 127.0.0.1; blocks for as long as the kernel takes.
    ///
    /// - Parameters:
    ///   - port: The port.
    ///   - receiveBuffer: Bytes that the kernel keeps for us; its own choice when nil.
    /// - Throws: `SystemError`; `ECONNREFUSED` when nobody listens.
    package init(port: UInt16, receiveBuffer: CInt? = nil) throws {
        loop = try EventLoop(name: "client")
        let number = Glibc.socket(
            AF_INET,
            CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue),
            0
        )
        socket = FileDescriptorBox(owning: number)
        if var receiveBuffer {
            setsockopt(number, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw SystemError.last("connect") }
        try socket.setNonblocking(true)
    }

    deinit { loop.stop() }

    // MARK: Sending

    /// Sends text as UTF-8.
    ///
    /// - Parameter text: The text.
    /// - Throws: `SystemError` when the connection is gone.
    package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends bytes; waits while the server does not take them.
    ///
    /// - Parameter bytes: The bytes.
    /// - Throws: `SystemError` when the connection is gone.
    package func send(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket.number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                await ready(.writable)
            } else {
                throw SystemError.last("send")
            }
        }
    }

    /// Ends the connection with a reset, as a crashed client's kernel does.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            socket.number,
            SOL_SOCKET,
            SO_LINGER,
            &option,
            socklen_t(MemoryLayout<linger>.size)
        )
        var unspecified = sockaddr()
        unspecified.sa_family = sa_family_t(AF_UNSPEC)
        // Dissolves the association, which resets it, and keeps the number ours.
        _ = connect(socket.number, &unspecified, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// Sends a FIN.
    package func finishSending() { shutdown(socket.number, CInt(SHUT_WR)) }

    // MARK: Receiving

    /// Sends a request with headers of its own and reads the answer.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: The target, as it stands in the request line.
    ///   - headers: Whole header lines.
    ///   - body: The body; its length is announced.
    /// - Throws: `SystemError`; `Closed` when the answer is cut short.
    package func request(
        _ method: String,
        _ path: String,
        _ headers: [String] = [],
        body: [UInt8]? = nil
    ) async throws -> Response {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost"] + headers
        if let body { lines.append("Content-Length: \(body.count)") }
        try await send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? []))
        return try await response(hasBody: method != "HEAD")
    }

    /// Reads one response; `100 Continue` is a response of its own.
    ///
    /// - Parameter hasBody: Whether a body follows, as one does to everything but `HEAD`.
    /// - Throws: `Closed` when the answer is cut short.
    package func response(hasBody: Bool = true) async throws -> Response {
        let end = Array("\r\n\r\n".utf8)
        let head = try await take { bytes in
            bytes.indices.first { bytes[$0...].starts(with: end) }.map { $0 + 4 }
        }
        var response = Response()
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        response.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            response.fields.append((String(parts[0]), String(parts[1].drop { $0 == " " })))
        }
        guard hasBody else { return response }
        if response["Transfer-Encoding"] == "chunked" {
            while let piece = try await piece() { response.body += piece }
            return response
        }
        let length = response["Content-Length"].flatMap { Int($0) } ?? 0
        if length > 0 { response.body = try await take { $0.count >= length ? length : nil } }
        return response
    }

    /// Reads the next chunk of a streamed answer as text; its head is read first.
    ///
    /// - Returns: Nil after the last.
    /// - Throws: `Closed` when the answer is cut short.
    package func chunk() async throws -> String? {
        if received.withLock({ $0.starts(with: Array("HTTP/".utf8)) || $0.isEmpty }) {
            while received.withLock({ $0.count < 5 }) { try await fill() }
            if received.withLock({ $0.starts(with: Array("HTTP/".utf8)) }) {
                _ = try await response(hasBody: false)
            }
        }
        return try await piece().map { String(decoding: $0, as: UTF8.self) }
    }

    private func piece() async throws -> [UInt8]? {
        let line = try await take { bytes in
            bytes.indices.first { bytes[$0...].starts(with: [13, 10]) }.map { $0 + 2 }
        }
        let digits = String(decoding: line.dropLast(2), as: UTF8.self)
        guard let length = Int(digits, radix: 16) else { throw Closed() }
        let bytes = try await take { $0.count >= length + 2 ? length + 2 : nil }
        return length == 0 ? nil : bytes.dropLast(2)
    }

    /// Reads to the end of the stream; a reset counts as one.
    package func untilClosed() async -> [UInt8] {
        while (try? await fill()) != nil {}
        return received.withLock { $0 }
    }

    /// Whether the stream was seen to end with a reset.
    package var wasReset: Bool { isReset.withLock { $0 } }

    private func take(_ length: @Sendable ([UInt8]) -> Int?) async throws -> [UInt8] {
        while true {
            let taken: [UInt8]? = received.withLock { bytes in
                guard let count = length(bytes) else { return nil }
                defer { bytes.removeFirst(count) }
                return Array(bytes.prefix(count))
            }
            if let taken { return taken }
            try await fill()
        }
    }

    private func fill() async throws {
        while true {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(socket.number, &buffer, buffer.count, 0)
            if count > 0 {
                let bytes = Array(buffer.prefix(count))
                return received.withLock { $0 += bytes }
            }
            guard count < 0, errno == EAGAIN else {
                if count < 0, errno == ECONNRESET { isReset.withLock { $0 = true } }
                throw Closed()
            }
            await ready(.readable)
        }
    }

    private func ready(_ readiness: EventLoop.Readiness) async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            // Registered on the loop's thread, so that it cannot fire before it is noted.
            loop.submit { [loop, number = socket.number] in
                let box = WatchBox()
                let watch = try? loop.watch(number, for: readiness) { _ in
                    guard let watch = box.watch.withLock({ $0.take() }) else { return }
                    loop.cancel(watch)
                    done.resume()
                }
                guard let watch else { return done.resume() }
                box.watch.withLock { $0 = watch }
            }
        }
    }
}
