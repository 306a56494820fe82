package import JSON

/// The shape in which a service's clients expect errors.
///
/// Every shape also carries `code`, a stable word for programs, and `request_id`.
package enum ErrorEnvelope: Sendable, Hashable {
    /// A: `{"error":{"message","type",…}}`; the argument is the type of errors below 500.
    case openAI(invalidType: String = "invalid_request_error")
    /// B: `{"error":"text",…}`.
    case text
    /// C: `{"success":false,"error":"text",…}`.
    case success
    /// D: `{"error":"code","message":"text","status":n,…}`.
    case coded
    /// OpenAI's own: `{"error":{"message","type","param","code",…}}`.
    case openAIDoor
    /// Anthropic's own: `{"type":"error","error":{"type","message",…},"request_id"}`.
    case anthropicDoor

    /// The body for an error.
    ///
    /// - Parameters:
    ///   - error: What happened.
    ///   - requestID: The request's id.
    package func body(for error: HTTPError, requestID: String) -> JSONValue {
        let text = JSONValue.string(error.message)
        let code = JSONValue.string(error.code)
        let id = JSONValue.string(requestID)
        switch self {
        case .openAI(let invalidType):
            let type = error.status < 500 ? invalidType : "internal_error"
            return [
                "error": [
                    "message": text, "type": .string(type), "code": code, "request_id": id,
                ]
            ]
        case .text:
            return ["error": text, "code": code, "request_id": id]
        case .success:
            return ["success": false, "error": text, "code": code, "request_id": id]
        case .coded:
            return [
                "error": code, "message": text, "status": JSONValue(error.status),
                "code": code, "request_id": id,
            ]
        case .openAIDoor:
            return [
                "error": [
                    "message": text, "type": .string(Self.openAIType(of: error.status)),
                    "param": error.field.map { .string($0) } ?? .null, "code": code,
                    "request_id": id,
                ]
            ]
        case .anthropicDoor:
            return [
                "type": "error",
                "error": [
                    "type": .string(Self.anthropicType(of: error.status)), "message": text,
                    "code": code,
                ],
                "request_id": id,
            ]
        }
    }

    /// OpenAI's word for a kind of error; what kind of bad request it is, is told by its code.
    private static func openAIType(of status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }

    /// Anthropic's word for a kind of error.
    private static func anthropicType(of status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 503, 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    /// The JSON schema of the bodies.
    var schema: JSONValue {
        switch self {
        case .openAI:
            Self.object([("error", Self.object(Self.texts("message", "type") + Self.common))])
        case .text: Self.object(Self.texts("error") + Self.common)
        case .success:
            Self.object([("success", ["type": "boolean"])] + Self.texts("error") + Self.common)
        case .coded:
            Self.object(
                Self.texts("error", "message") + [("status", ["type": "integer"])] + Self.common
            )
        case .openAIDoor:
            Self.object([
                (
                    "error",
                    Self.object(
                        Self.texts("message", "type")
                            + [("param", ["type": ["string", "null"]])] + Self.common
                    )
                )
            ])
        case .anthropicDoor:
            Self.object(
                [
                    ("type", ["const": "error"]),
                    ("error", Self.object(Self.texts("type", "message", "code"))),
                ] + Self.texts("request_id")
            )
        }
    }

    private static let common = texts("code", "request_id")

    private static func texts(_ names: String...) -> [(String, JSONValue)] {
        names.map { ($0, ["type": "string"]) }
    }

    private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        [
            "type": "object",
            "properties": .object(JSONObject(members)),
            "required": .array(members.map { .string($0.0) }),
        ]
    }
}
