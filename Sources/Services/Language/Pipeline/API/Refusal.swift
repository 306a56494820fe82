/// Why a request is not carried out, in the words that clients of this API know.
package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The HTTP status.
    package let status: Int
    /// A stable word for programs.
    package let code: String
    /// A sentence for people; clients compare some of them.
    package let message: String
    /// The member of the request that is to blame; nil when none is.
    package var field: String?

    /// The sentence.
    package var description: String { message }

    /// Describes a refusal.
    ///
    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - code: A stable word for programs.
    ///   - message: A sentence for people.
    package init(_ status: Int, code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// Describes a request that makes no sense: 400 `invalid_request`.
    ///
    /// - Parameter message: What is wrong with it.
    package init(badRequest message: String) {
        self.init(400, code: "invalid_request", message)
    }
}
