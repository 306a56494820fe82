/// Why a value of a request is refused, in the words that clients know.
package struct ParameterError: Error, Sendable, Hashable {
    /// What is wrong.
    package let message: String

    init(_ message: String) {
        self.message = message
    }
}
