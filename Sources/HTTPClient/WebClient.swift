internal import POSIX

/// Sends requests over HTTP, by libcurl.
///
/// DESIGN. One thread of its own drives all exchanges of a client; connections are used again. An
/// exchange is either pushed into a `WebReceiver` on that thread (`start`), for bodies of
/// gigabytes, or read by a task (`send`), for everything else. Both stop reading from the
/// connection when their reader does not keep up, so that an answer takes a bounded amount of
/// memory.
///
/// Nothing is decoded: a body comes as the server sent it. No cookies, no `.netrc`, no user in an
/// address. Redirections are not followed unless the request says so.
///
/// A client that is let go ends its exchanges, its connections and its thread.
package final class WebClient: Sendable {
    /// What can be set.
    package struct Settings: Sendable, Hashable {
        /// Which proxies are used; those of the environment unless set.
        package var proxies = ProxyRules.fromEnvironment
        /// A file of certificates that are trusted, instead of the system's.
        package var certificates = Environment.value("SSL_CERT_FILE")
        /// Idle connections that are kept; 32 unless set.
        package var idleConnections = 32
        /// What this program calls itself.
        package var agent = "baton/\(Version.text)"

        /// The usual settings.
        package init() {}
    }

    private let loop: TransferLoop

    /// Starts a client; takes below 1 ms once in a process, and a thread.
    ///
    /// - Parameters:
    ///   - name: The thread's name.
    ///   - settings: What can be set.
    /// - Throws: `WebError` `.exhausted`.
    package init(name: String = "http-client", settings: Settings = Settings()) throws(WebError) {
        loop = try TransferLoop(name: name, settings: settings)
    }

    deinit {
        loop.submit(.stop)
    }

    /// Begins an exchange whose answer a receiver takes.
    ///
    /// Redirections are not followed, whatever the request says.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - receiver: Takes the answer; kept until its end.
    package func start(_ request: WebRequest, _ receiver: any WebReceiver) -> WebTransfer {
        let handle = WebTransfer(id: loop.freshID(), loop: loop)
        loop.submit(.add(handle, request, receiver))
        return handle
    }

    /// Sends a request and waits for the answer's head.
    ///
    /// - Parameter request: The request.
    /// - Returns: The answer, whose body is to be read; letting it go ends the exchange.
    /// - Throws: `WebError`; `.cancelled` when the task is.
    package func send(_ request: WebRequest) async throws(WebError) -> WebAnswer {
        var request = request
        var count = 0
        while true {
            let buffer = AnswerBuffer()
            let transfer = start(request, buffer)
            let head: WebHead
            do throws(WebError) {
                head = try await buffer.head(of: transfer)
            } catch {
                transfer.cancel()
                throw error
            }
            let answer = WebAnswer(head: head, buffer: buffer, transfer: transfer)
            let rule = request.redirects
            guard let next = try rule.next(after: head, to: request, count: count) else {
                return answer
            }
            // Read to its end where it is short, so that the connection can be used again.
            _ = try? await answer.body(limit: 16 << 10)
            request = next
            count += 1
        }
    }
}
