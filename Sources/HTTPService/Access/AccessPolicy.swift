/// Who may use a server; decided from a request's head alone.
package struct AccessPolicy: Sendable {
    /// The names it may be called by; nil for any.
    package var hosts: HostGuard?
    /// The pages that may use it.
    package var origins = OriginPolicy()
    /// The keys that it demands; nil for none.
    package var keys: KeyRing?

    /// A policy that admits everybody but foreign pages.
    package init() {}

    /// Checks a head.
    ///
    /// - Parameters:
    ///   - fields: The head.
    ///   - needsKey: Whether the route is for those with a key only, where keys are demanded.
    ///   - otherKey: Looks up a field by which clients of other vendors send their key.
    /// - Returns: The key, where one is demanded.
    /// - Throws: `HTTPError` 401 or 403.
    func admit(
        _ fields: ConnectionHead,
        needsKey: Bool,
        otherKey: () -> String?
    ) throws(HTTPError) -> APIKey? {
        if let hosts, !hosts.admits(fields.host) { throw .foreignHost }
        if let origin = fields.origin, !origins.admits(origin, host: fields.host) {
            throw .foreignOrigin
        }
        guard needsKey, let keys else { return nil }
        guard let presented = Self.bearer(fields.authorization) ?? otherKey() else {
            throw .noKey
        }
        guard let key = keys.find(presented) else { throw .wrongKey }
        return key
    }

    /// The token of a bearer `Authorization` field (RFC 6750, section 2.1); the scheme's case does
    /// not matter.
    static func bearer(_ field: String?) -> String? {
        let scheme = "bearer "
        guard let field, HTTPHeaders.starts(field, with: scheme) else { return nil }
        // A token has no spaces; those around it belong to the field.
        let token = field.dropFirst(scheme.count).filter { $0 != " " && $0 != "\t" }
        return token.isEmpty ? nil : String(token)
    }
}

extension HTTPError {
    static let foreignHost = HTTPError(
        403,
        code: "foreign_host",
        "this server is not known by the name in 'Host'; add it to 'server.hosts'"
    )
    static let foreignOrigin = HTTPError(
        403,
        code: "foreign_origin",
        "pages of this origin may not use this server; add it to 'server.origins'"
    )
    static let noKey = unauthorized("missing_key", "an API key is needed: Authorization: Bearer …")
    static let wrongKey = unauthorized("invalid_key", "the API key is not known here")

    private static func unauthorized(_ code: String, _ message: String) -> HTTPError {
        var error = HTTPError(401, code: code, message)
        error.headers["WWW-Authenticate"] = "Bearer"
        return error
    }
}
