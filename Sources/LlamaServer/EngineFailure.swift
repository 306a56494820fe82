/// What llama-server answered instead of what it was asked for.
package struct EngineFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The HTTP status; 500 for an error in the middle of a stream that names none.
    package let status: Int
    /// The server's own word for the kind: "invalid_request_error", "exceed_context_size_error".
    package let type: String
    /// The server's sentence.
    package let message: String

    /// Tokens of a prompt that is too long, where it says so.
    package var promptTokens: Int?

    /// The sentence.
    package var description: String { message }

    /// Describes a failure.
    ///
    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - type: The server's own word for the kind.
    ///   - message: The server's sentence.
    package init(status: Int, type: String, message: String) {
        self.status = status
        self.type = type
        self.message = message
    }
}
