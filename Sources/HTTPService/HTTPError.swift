internal import JSON

/// Why a request is not answered as it was meant to be; rendered in one place, `ErrorRenderer`.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
    /// The response's status, 400 to 599.
    package let status: Int
    /// A stable word for programs: "invalid_request".
    package let code: String
    /// A sentence for people; shown to the client, so it names no file and no internal.
    package let message: String
    /// After how many seconds another try makes sense; sent as `Retry-After`.
    package let retryAfter: Int?
    /// Fields that the status demands, such as `Allow`.
    package var headers: HTTPHeaders = [:]
    /// The member of the request's body that is to blame, "options.languages"; nil when none is.
    package var field: String?

    /// The sentence that logs show.
    package var description: String { "\(code): \(message)" }

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - status: 400 to 599.
    ///   - code: A stable word for programs.
    ///   - message: A sentence for people.
    ///   - retryAfter: Seconds, when another try makes sense.
    package init(_ status: Int, code: String, _ message: String, retryAfter: Int? = nil) {
        precondition((400...599).contains(status), "an error has an error's status")
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// The client's request makes no sense: 400 `invalid_request`.
    ///
    /// - Parameters:
    ///   - message: What is wrong with it.
    ///   - field: The member of the body that is to blame.
    package static func invalidRequest(_ message: String, field: String? = nil) -> HTTPError {
        var error = HTTPError(400, code: "invalid_request", message)
        error.field = field
        return error
    }
}

/// An error of another layer that knows what it means to an HTTP client.
package protocol HTTPErrorConvertible: Error {
    /// What the client is told.
    var httpError: HTTPError { get }
}

extension HTTPError: HTTPErrorConvertible {
    /// The error itself.
    package var httpError: HTTPError { self }
}

extension JSONFieldError: HTTPErrorConvertible {
    /// 400 `invalid_request` with the field's path.
    package var httpError: HTTPError { .invalidRequest(description, field: path) }
}

extension JSONError: HTTPErrorConvertible {
    /// 400 `invalid_json` with the position.
    package var httpError: HTTPError {
        HTTPError(400, code: "invalid_json", "the body is not valid JSON: \(description)")
    }
}

extension CancellationError: HTTPErrorConvertible {
    /// 503 `cancelled`: nobody but a stopping server cancels a request whose client still waits.
    package var httpError: HTTPError {
        HTTPError(503, code: "cancelled", "the request was cancelled", retryAfter: 1)
    }
}

// The server's own refusals.
extension HTTPError {
    static let badPath = HTTPError(
        400,
        code: "invalid_path",
        "the path or query is not valid percent-encoded UTF-8"
    )
    static let notFound = HTTPError(404, code: "not_found", "there is nothing at this path")
    static let draining = HTTPError(
        503,
        code: "shutting_down",
        "the service is shutting down",
        retryAfter: 1
    )
    static let busy = HTTPError(
        503,
        code: "too_many_requests",
        "the service is at its limit of concurrent requests",
        retryAfter: 1
    )
    static let notMultipart = HTTPError(
        415,
        code: "unsupported_media_type",
        "the body must be multipart/form-data"
    )
    static let noBoundary = HTTPError(
        400,
        code: "invalid_multipart",
        "the multipart content type has no usable boundary"
    )
    static let badMultipart = HTTPError(
        400,
        code: "invalid_multipart",
        "the multipart body is malformed, cut short or without fields"
    )
    static let tooManyParts = HTTPError(
        400,
        code: "invalid_multipart",
        "the multipart body has more than \(MultipartReader.maximumParts) parts"
    )

    static let ambiguousLength = HTTPError(
        400,
        code: "malformed_request",
        "more than one field says how long the body is"
    )
    static let oneHost = HTTPError(
        400,
        code: "malformed_request",
        "HTTP/1.1 requests name exactly one host"
    )
    static let surplusConnection = HTTPError(
        503,
        code: "too_many_connections",
        "too many connections are open",
        retryAfter: 1
    )
    static let tookTooLong = HTTPError(
        503,
        code: "timed_out",
        "the request took longer than this server allows",
        retryAfter: 1
    )
    static let requestTimeout = HTTPError(
        408,
        code: "request_timeout",
        "the request did not arrive in time"
    )
    static let internalFailure = HTTPError(
        500,
        code: "internal_error",
        "the service failed to answer the request"
    )

    static func badRange(size: Int) -> HTTPError {
        var error = HTTPError(416, code: "bad_range", "the range begins beyond the end")
        error.headers["Content-Range"] = "bytes */\(size)"
        return error
    }

    static func tooLarge(limit: Int) -> HTTPError {
        HTTPError(413, code: "body_too_large", "the body is larger than \(limit) bytes")
    }

    static func notAllowed(_ allow: String) -> HTTPError {
        var error = HTTPError(
            405,
            code: "method_not_allowed",
            "this path answers only to \(allow)"
        )
        error.headers["Allow"] = allow
        return error
    }
}
