/// One request to the server.
package struct ServerRequest: Sendable {
    /// What goes with it.
    package enum Body: Sendable {
        /// Nothing.
        case none
        /// JSON.
        case json([UInt8])
        /// A whole file as it is; told how many of its bytes have gone.
        case file(path: String, bytes: Int, sent: @Sendable (Int) -> Void)
    }

    /// "GET".
    package var method: String
    /// From the slash on, below the server's address.
    package var path: String
    /// What goes with it.
    package var body: Body

    /// Describes a request.
    ///
    /// - Parameters:
    ///   - method: "GET".
    ///   - path: From the slash on.
    ///   - body: What goes with it.
    package init(_ method: String, _ path: String, body: Body = .none) {
        self.method = method
        self.path = path
        self.body = body
    }
}

/// How requests reach a server: over HTTP, or in tests from a script.
package protocol ServerTransport: Sendable {
    /// Sends a request and hands its answer over piece by piece, as it comes.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - receive: Takes the status and the next bytes of the body; what it throws ends the
    ///     exchange.
    /// - Returns: The status, also of an answer without a body.
    /// - Throws: `ServerError`, what `receive` threw, or `CancellationError` when the task was
    ///   cancelled.
    func exchange(
        _ request: ServerRequest,
        receive: (_ status: Int, _ bytes: [UInt8]) throws -> Void
    ) async throws -> Int
}
