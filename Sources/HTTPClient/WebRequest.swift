package import POSIX

/// A request.
package struct WebRequest: Sendable {
    /// Which versions of HTTP may be spoken.
    package enum Version: Sendable, Hashable {
        /// The newest that server and library share.
        case any
        /// HTTP/1.1 alone: each exchange has a connection of its own, for bodies that shall arrive
        /// beside each other.
        case one
    }

    /// The method, such as `GET`.
    package var method: String
    /// Where it goes.
    package var url: WebURL
    /// The header fields; `Host`, `Content-Length` and the user agent are added.
    package var fields = WebFields()
    /// The body.
    package var body = WebBody.none
    /// How long it may take.
    package var patience = Patience()
    /// Which addresses may be connected to.
    ///
    /// Through a proxy names are looked up by the proxy; then only numeric hosts can be checked.
    package var addresses = AddressRule.any
    /// Which redirections are followed.
    package var redirects = RedirectRule.none
    /// Whether any certificate is taken for the server's.
    package var isInsecure = false
    /// A Unix socket to connect to instead of the host, `@name` for an abstract one.
    package var socket: String?
    /// Which versions of HTTP may be spoken.
    package var version = Version.any
    /// Most bytes that a receiver is given at once, 1 KiB to 512 KiB; also taken for the request's.
    package var pieceSize = 64 << 10

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - url: Where it goes.
    package init(_ method: String, _ url: WebURL) {
        self.method = method
        self.url = url
    }

    /// Why it cannot be sent; nil where it can.
    var fault: WebError? {
        let isToken = !method.isEmpty && method.utf8.allSatisfy { (65...90).contains($0) }
        if !isToken { return WebError(.invalidRequest, "'\(method)' is no method") }
        if let socket, socket.utf8.count > 107 || socket.utf8.contains(0) || socket.isEmpty {
            return WebError(.invalidRequest, "the path of the socket has no or too many bytes")
        }
        return fields.fault.map { WebError(.invalidRequest, $0) }
    }
}

/// What follows a request's head.
@safe
package enum WebBody: Sendable {
    /// Nothing.
    case none
    /// Bytes.
    case bytes([UInt8])
    /// A part of an open file; read as it is sent.
    case file(FileDescriptorBox, offset: Int, count: Int)
    /// Bytes that are asked for as the server takes them; their number, where it is known.
    ///
    /// Cannot be sent twice: a redirection that asks for it ends the exchange.
    case source(length: Int?, @Sendable (UnsafeMutableRawBufferPointer) -> WebSupply)

    var length: Int? {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .file(_, _, let count): count
        case .source(let length, _): length
        }
    }
}

/// What a source of bytes has for a request.
package enum WebSupply: Sendable, Hashable {
    /// So many bytes were put into the room; at least one.
    case bytes(Int)
    /// The body is over.
    case end
    /// Nothing now; ask again after `WebTransfer.resume`.
    case later
    /// There will be nothing more; the exchange ends.
    case failed
}

/// Which redirections a client follows by itself.
package struct RedirectRule: Sendable {
    let most: Int
    let allows: @Sendable (_ from: WebURL, _ to: WebURL) -> Bool

    /// None: an answer that redirects is an answer like others.
    package static let none = RedirectRule(most: 0) { _, _ in false }

    /// Up to so many, each allowed by the caller; never from `https` to `http`.
    ///
    /// `Authorization` and `Cookie` do not go to another origin. 303 makes a GET of everything but
    /// HEAD, as 301 and 302 do of POST.
    ///
    /// - Parameters:
    ///   - most: How many.
    ///   - allows: Whether to follow one; all unless said.
    package static func follow(
        most: Int = 5,
        allows: @escaping @Sendable (_ from: WebURL, _ to: WebURL) -> Bool = { _, _ in true }
    ) -> RedirectRule {
        RedirectRule(most: most, allows: allows)
    }

    /// The request that follows an answer; nil where the answer is the caller's.
    ///
    /// - Throws: `WebError` `.redirected` where following is not allowed or cannot be done.
    func next(
        after head: WebHead,
        to request: WebRequest,
        count: Int
    ) throws(WebError) -> WebRequest? {
        guard most > 0, [301, 302, 303, 307, 308].contains(head.status),
            let location = head.fields["Location"]
        else { return nil }
        guard count < most else {
            throw WebError(.redirected, "'\(request.url)' was redirected more than \(most) times")
        }
        guard let target = request.url.resolving(location) else {
            throw WebError(.redirected, "'\(request.url)' redirects to what is no address")
        }
        guard target.isSecure || !request.url.isSecure, allows(request.url, target) else {
            throw WebError(.redirected, "'\(request.url)' redirects to '\(target)', not followed")
        }
        var next = request
        next.url = target
        if target.origin != request.url.origin {
            for name in ["Authorization", "Cookie"] { next.fields.remove(name) }
            next.socket = nil
        }
        let becomesGet =
            head.status == 303
            ? request.method != "HEAD"
            : head.status < 303 && request.method == "POST"
        if becomesGet {
            next.method = "GET"
            next.body = .none
            next.fields.remove("Content-Type")
        } else if case .source = request.body {
            throw WebError(.redirected, "'\(request.url)' redirects what cannot be sent twice")
        }
        return next
    }
}
