import Glibc
import POSIX
import TestKit

/// An HTTP client on a connected socket that it was given.
final class HTTPConversation: Sendable {
    private let socket: FileDescriptorBox
    private let loop: EventLoop
    /// Pieces of the stream; nil is its end.
    private let pieces = Inbox<[UInt8]?>()
    private let watch = Guarded<EventLoop.Watch?>(nil)

    init(_ socket: FileDescriptorBox, _ loop: EventLoop) throws {
        self.socket = socket
        self.loop = loop
        let watch = try loop.watch(socket.number, for: .readable) { [self] _ in read() }
        self.watch.withLock { $0 = watch }
    }

    private func read() {
        let bytes = try? Socket.receive(atMost: 4096, on: socket.number)
        pieces.put(bytes)
        // The end would be reported again and again.
        if bytes == nil, let watch = watch.withLock({ $0.take() }) { loop.cancel(watch) }
    }

    func send(_ path: String) throws {
        let head = "GET \(path) HTTP/1.1\r\nHost: engine\r\n\r\n"
        try Socket.sendAll(Array(head.utf8), on: socket.number)
    }

    /// What arrives until it ends with a text, or until the stream ends.
    func receive(until end: String) async -> String {
        var bytes: [UInt8] = []
        while let piece = await pieces.next() {
            bytes += piece
            if String(decoding: bytes, as: UTF8.self).hasSuffix(end) { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Asks and returns the body of the answer; what there is of it when the stream ends.
    func get(_ path: String) async throws -> String {
        try send(path)
        var answer = ""
        while let piece = await pieces.next() {
            answer += String(decoding: piece, as: UTF8.self)
            if let body = Self.body(of: answer) { return body }
        }
        return answer
    }

    /// The body, once it is complete.
    private static func body(of answer: String) -> String? {
        let name = "Content-Length: "
        let lines = answer.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let field = lines.first(where: { $0.hasPrefix(name) }), let last = lines.last,
            lines.contains(""), let length = Int(field.dropFirst(name.count)),
            last.utf8.count == length
        else { return nil }
        return String(last)
    }

    /// Waits for the end of the stream.
    func untilClosed() async {
        while await pieces.next() != nil {}
    }
}
