package import POSIX

/// Why an exchange with a server brought no whole answer.
///
/// A status such as 404 is an answer and no error.
package struct WebError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of thing went wrong.
    package enum Code: String, Sendable, Hashable {
        /// The request cannot be sent by anybody: a bad address, a bad header field.
        case invalidRequest
        /// The host's name, or the proxy's, has no address.
        case unresolved
        /// Nobody answers at the address, or there is no way to it.
        case unreachable
        /// The server's certificate is not trusted, or no secure connection came about.
        case untrusted
        /// Connecting, or waiting for the answer's head or end, took longer than asked for.
        case timedOut
        /// Fewer bytes came than asked for, for as long as asked for.
        case stalled
        /// The connection broke, or what came is no HTTP.
        case broken
        /// The answer has more bytes than the caller takes.
        case tooLarge
        /// The address that was to be connected to is not allowed.
        case forbiddenAddress
        /// Redirected to where the caller does not follow, or in circles.
        case redirected
        /// The caller's receiver, or its source of bytes, ended it.
        case stopped
        /// The caller's task was cancelled, or the client closed.
        case cancelled
        /// This process has no memory, threads or descriptors left.
        case exhausted
    }

    /// What kind of thing went wrong.
    package let code: Code
    /// What happened, with the address but without its query, which may hold secrets.
    package let message: String

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: What kind of thing went wrong.
    ///   - message: What happened to what; no secrets.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Takes over a failed call of the kernel's.
    ///
    /// - Parameter error: The failed call.
    package init(_ error: SystemError) {
        self.init(.exhausted, "\(error)")
    }

    /// The sentence people read.
    package var description: String { message }

    /// Whether the same request may well succeed a little later.
    package var isPassing: Bool {
        switch code {
        case .unresolved, .unreachable, .timedOut, .stalled, .broken: true
        default: false
        }
    }

    static let cancelled = WebError(.cancelled, "the request was called off")
}
