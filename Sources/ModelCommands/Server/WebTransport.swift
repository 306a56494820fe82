internal import Glibc
internal import HTTPClient
internal import POSIX

/// Takes requests to a server over HTTP.
package struct WebTransport: ServerTransport {
    private let client: WebClient
    private let base: String
    private let key: String?

    /// How long an answer may take to begin and to go on.
    ///
    /// A model may have to be loaded first, and wait for its turn. A day; chosen.
    private static let patience = Duration.seconds(86_400)

    /// Starts a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - address: Where the server is.
    ///   - key: The key that the server wants; nil for none.
    /// - Throws: `ServerError` when there is no client to be had.
    package init(_ address: ServerAddress, key: String?) throws {
        do {
            client = try WebClient()
        } catch {
            throw ServerError(.unreachable, "\(error)")
        }
        base = address.url
        self.key = key
    }

    /// See `ServerTransport`.
    package func exchange(
        _ request: ServerRequest,
        receive: (_ status: Int, _ bytes: [UInt8]) throws -> Void
    ) async throws -> Int {
        guard let url = WebURL(base + request.path) else {
            throw ServerError(.unreachable, "'\(base)' is no address")
        }
        var sent = WebRequest(request.method, url)
        sent.patience.head = Self.patience
        sent.patience.stall = Self.patience
        if let key { sent.fields["Authorization"] = "Bearer \(key)" }
        switch request.body {
        case .none: break
        case .json(let bytes):
            sent.fields["Content-Type"] = "application/json"
            sent.body = .bytes(bytes)
        case .file(let path, let bytes, let progress):
            sent.fields["Content-Type"] = "application/octet-stream"
            sent.body = try Self.file(path, bytes, progress)
        }
        do {
            let answer = try await client.send(sent)
            while let bytes = try await answer.next() { try receive(answer.head.status, bytes) }
            return answer.head.status
        } catch let error as WebError {
            throw Self.translated(error, url)
        }
    }

    /// A file whose bytes are counted as they go.
    private static func file(
        _ path: String,
        _ length: Int,
        _ progress: @escaping @Sendable (Int) -> Void
    ) throws -> WebBody {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError.last("open '\(path)'") }
        let file = FileDescriptorBox(owning: number)
        let sent = Guarded(0)
        return .source(length: length) { room in
            while true {
                let count = read(file.number, room.baseAddress, room.count)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { return .failed }
                guard count > 0 else { return .end }
                progress(
                    sent.withLock {
                        $0 += count
                        return $0
                    }
                )
                return .bytes(count)
            }
        }
    }

    private static func translated(_ error: WebError, _ url: WebURL) -> any Error {
        // The address is said once, beside what to do.
        let place = "'\(url)': "
        let start = error.message.hasPrefix(place) ? place.count : 0
        let reason = error.message.dropFirst(start)
        switch error.code {
        case .cancelled: return CancellationError()
        case .unreachable, .unresolved, .untrusted, .timedOut:
            return ServerError(.unreachable, String(reason))
        case .broken:
            return ServerError(
                .broken,
                "the connection broke before the answer's end; does the server still run? (\(reason))"
            )
        default: return ServerError(.garbled, error.message)
        }
    }
}
