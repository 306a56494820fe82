package import DeviceProtocol
package import HTTPService

/// For whom and how urgently a request wants the device.
package struct RequestClaim: Sendable, Hashable {
    /// Who goes first.
    package let ticketClass: TicketClass
    /// How long the request may wait for its turn; nil means as long as it takes.
    package let deadline: Duration?
    /// Whose share it counts against.
    package let key: String

    /// Reads a request's headers.
    ///
    /// `X-Baton-Class` may lower the class but not raise it above the ceiling; `X-Baton-Deadline-Ms`
    /// bounds the wait.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - usual: The class of requests that name none.
    ///   - ceiling: The highest class.
    /// - Throws: `HTTPError` 400 when a header is not understood.
    package init(
        _ request: HTTPRequest,
        usual: TicketClass,
        ceiling: TicketClass
    ) throws(HTTPError) {
        var asked = usual
        if let word = request.headers["X-Baton-Class"] {
            guard let named = TicketClass(rawValue: word) else {
                throw .invalidRequest(
                    "X-Baton-Class must be 'realtime', 'interactive' or 'background'"
                )
            }
            asked = named
        }
        ticketClass = min(asked, ceiling)
        if let text = request.headers["X-Baton-Deadline-Ms"] {
            guard let milliseconds = Int(text), (0...Int(Int32.max)).contains(milliseconds) else {
                throw .invalidRequest("X-Baton-Deadline-Ms must be a whole number from 0 up")
            }
            deadline = .milliseconds(milliseconds)
        } else {
            deadline = nil
        }
        key = "peer:\(request.peer)"
    }
}
