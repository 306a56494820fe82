internal import POSIX

/// An answer whose body is read piece by piece, by one task.
///
/// Up to 256 KiB wait for the reader, then the server has to. An answer that is let go has ended.
package final class WebAnswer: Sendable {
    /// The head.
    package let head: WebHead
    private let buffer: AnswerBuffer
    private let transfer: WebTransfer
    private let lines = Guarded(LineSplitter())

    init(head: WebHead, buffer: AnswerBuffer, transfer: WebTransfer) {
        self.head = head
        self.buffer = buffer
        self.transfer = transfer
    }

    deinit {
        transfer.cancel()
    }

    /// The next bytes of the body; nil at its end.
    ///
    /// - Throws: `WebError`; `.cancelled` when the task is.
    package func next() async throws(WebError) -> [UInt8]? {
        try await buffer.next(of: transfer)
    }

    /// The next line of the body without its end; nil at the body's end.
    ///
    /// The last line needs no end. Do not mix with `next`.
    ///
    /// - Parameter limit: Most bytes of a line.
    /// - Throws: `WebError`; `.tooLarge` for a longer line.
    package func line(limit: Int = 16 << 20) async throws(WebError) -> [UInt8]? {
        while true {
            let (line, rest) = lines.withLock { ($0.next(), $0.rest) }
            if let line, line.count <= limit { return line }
            guard line == nil, rest <= limit else { break }
            guard let piece = try await next() else {
                return lines.withLock { $0.last() }
            }
            lines.withLock { $0.append(piece) }
        }
        transfer.cancel()
        throw WebError(.tooLarge, "a line from '\(head.url)' has more than \(limit) bytes")
    }

    /// The whole body.
    ///
    /// - Parameter limit: Most bytes.
    /// - Throws: `WebError`; `.tooLarge` for a longer body.
    package func body(limit: Int) async throws(WebError) -> [UInt8] {
        var body: [UInt8] = []
        while let piece = try await next() {
            guard body.count + piece.count <= limit else {
                transfer.cancel()
                throw WebError(.tooLarge, "'\(head.url)' has more than \(limit) bytes")
            }
            body += piece
        }
        return body
    }

    /// Ends the exchange, whatever has arrived.
    package func cancel() { transfer.cancel() }
}
