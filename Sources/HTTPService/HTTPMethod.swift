/// The request methods that routes can have.
package enum HTTPMethod: String, Sendable, Hashable, CaseIterable {
    /// Reads; also answers HEAD.
    case get = "GET"
    /// Reads without the body; never registered, GET routes answer it.
    case head = "HEAD"
    /// Does something with the body.
    case post = "POST"
    /// Stores the body.
    case put = "PUT"
    /// Changes a part.
    case patch = "PATCH"
    /// Removes.
    case delete = "DELETE"
    /// Asks which methods there are; answered by the router.
    case options = "OPTIONS"
}
