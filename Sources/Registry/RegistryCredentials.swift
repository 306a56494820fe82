internal import Text

/// Who somebody is at registries: names and passwords by host.
///
/// Nothing here describes itself, so that no log has a password. A registry's host is written as in
/// models' names, with its port if it has one.
package struct RegistryCredentials: Sendable {
    private var authorizations: [String: String] = [:]

    /// Nobody anywhere.
    package init() {}

    /// Adds a name and its password, or a token that is used like one.
    ///
    /// - Parameters:
    ///   - user: The name.
    ///   - password: The password.
    ///   - host: The registry.
    package mutating func add(user: String, password: String, at host: String) {
        authorizations[host.lowercased()] =
            "Basic " + Base64.encoded(Array("\(user):\(password)".utf8))
    }

    /// The field `Authorization` for a registry; nil for nobody.
    func authorization(at host: String) -> String? { authorizations[host.lowercased()] }
}
