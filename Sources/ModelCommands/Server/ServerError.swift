/// Why the server did not do what it was asked for.
package struct ServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Code: Sendable, Hashable {
        /// Nobody answers there.
        case unreachable
        /// The server refused, with this status.
        case status(Int)
        /// The server said so in the middle of an answer.
        case inStream
        /// The connection broke in the middle of an answer.
        case broken
        /// What came is no answer of such a server.
        case garbled
    }

    /// What kind of failure it is.
    package let code: Code
    /// What happened and what to do, as people read it.
    package let message: String

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: What kind of failure it is.
    ///   - message: What happened and what to do.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The sentence people read.
    package var description: String { message }

    /// Whether the server does not know the model.
    package var isNotFound: Bool { code == .status(404) }
}
