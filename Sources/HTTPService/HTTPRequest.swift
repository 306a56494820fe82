package import JSON

/// One request, received completely.
package struct HTTPRequest: Sendable {
    /// The request's id: the client's `X-Request-Id`, or one that the server made.
    package var id: String
    /// The method; a HEAD request reaches its GET route as `.head`.
    package var method: HTTPMethod
    /// The path as it was sent, still percent-encoded, without the query.
    package var path: String
    /// What stood in the place of each `{name}` of the route, decoded.
    package var parameters: [(name: String, value: String)] = []
    /// The query's names and values, decoded, in order.
    package var query: [(name: String, value: String)] = []
    /// The header fields.
    package var headers: HTTPHeaders = [:]
    /// The body; empty when it was multipart.
    package var body: [UInt8] = []
    /// The fields of a multipart body, in order.
    package var parts: [MultipartPart] = []
    /// The client's numeric address, without the port; "uid:1000" on a Unix socket.
    package var peer = ""
    /// With which the client proved who it is; nil where none is demanded.
    package var key: APIKey?

    /// Creates a request; the server does, and tests of handlers may.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: The path.
    ///   - id: The id.
    package init(_ method: HTTPMethod, _ path: String, id: String) {
        self.method = method
        self.path = path
        self.id = id
    }

    /// What stood in the place of `{name}`.
    ///
    /// - Parameter name: A parameter of the route's path.
    /// - Precondition: The route's path has it.
    package func parameter(_ name: String) -> String {
        guard let value = parameters.first(where: { $0.name == name })?.value else {
            preconditionFailure("the route's path has no parameter '\(name)'")
        }
        return value
    }

    /// The first value of a query name, or nil.
    ///
    /// - Parameter name: The name.
    package func query(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    /// The first part of a multipart body with a name, or nil.
    ///
    /// - Parameter name: The field's name.
    package func part(_ name: String) -> MultipartPart? {
        parts.first { $0.name == name }
    }

    /// The body as a JSON object, whatever content type the client claims.
    ///
    /// - Throws: `HTTPError`: 400 `invalid_json` for an empty or malformed body, 400
    ///   `invalid_request` for anything but an object, 415 for a multipart body.
    package func json() throws(HTTPError) -> JSONFields {
        if MultipartReader.isMultipart(headers["Content-Type"]) {
            throw HTTPError(
                415,
                code: "unsupported_media_type",
                "the body must be JSON, not multipart"
            )
        }
        guard !body.isEmpty else {
            throw HTTPError(
                400,
                code: "invalid_json",
                "the body is empty; a JSON object is expected"
            )
        }
        do {
            return try JSONFields(JSONValue(parsing: body))
        } catch let error as any HTTPErrorConvertible {
            throw error.httpError
        } catch {
            throw HTTPError.invalidRequest("\(error)")
        }
    }
}
