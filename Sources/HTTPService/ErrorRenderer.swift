internal import Logging

/// Turns every error into a response; the only place that does.
struct ErrorRenderer: Sendable {
    let envelope: ErrorEnvelope
    let logger: Logger

    /// Renders an error.
    ///
    /// An error that does not say what it means to a client becomes a plain 500; its real text goes
    /// to the log only, because it may name files or other users' data.
    func response(
        for error: any Error,
        envelope override: ErrorEnvelope?,
        requestID: String
    ) -> HTTPResponse {
        let known = (error as? any HTTPErrorConvertible)?.httpError
        if known == nil {
            logger.error(
                "request failed unexpectedly",
                [("request_id", requestID), ("error", "\(error)")]
            )
        }
        let error = known ?? .internalFailure
        let body = (override ?? envelope).body(for: error, requestID: requestID)
        var response = HTTPResponse.json(body, status: error.status)
        for (name, value) in error.headers.fields { response.headers.add(name, value) }
        if let seconds = error.retryAfter { response.headers["Retry-After"] = "\(seconds)" }
        return response
    }
}
