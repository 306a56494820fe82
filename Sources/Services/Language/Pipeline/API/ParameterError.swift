/// Why a value of a request is refused, in the words that clients know.
package struct ParameterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package let message: String

    /// The sentence.
    package var description: String { message }

    init(_ message: String) {
        self.message = message
    }
}
