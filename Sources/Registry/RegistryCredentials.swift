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
        authorizations[host.lowercased()] = "Basic " + Self.base64("\(user):\(password)")
    }

    /// The field `Authorization` for a registry; nil for nobody.
    func authorization(at host: String) -> String? { authorizations[host.lowercased()] }

    private static func base64(_ text: String) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start...].prefix(3)
            let padded = group + Array(repeating: 0, count: 3 - group.count)
            let bits = padded.reduce(0) { $0 << 8 | Int($1) }
            for index in 0..<4 {
                let isPadding = index > group.count
                result.append(isPadding ? UInt8(ascii: "=") : letters[bits >> (18 - 6 * index) & 63])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
