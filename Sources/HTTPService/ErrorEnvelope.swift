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
