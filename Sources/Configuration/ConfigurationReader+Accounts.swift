internal import JSON
internal import POSIX

extension ConfigurationReader {
    /// A user of this machine by name or number, or nil when the key is absent.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - about: One line about it.
    package func user(_ key: String, about: String) -> UInt32? {
        account(key, "user", about, Accounts.user)
    }

    /// A group of this machine by name or number, or nil when the key is absent.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - about: One line about it.
    package func group(_ key: String, about: String) -> UInt32? {
        account(key, "group", about, Accounts.group)
    }

    private func account(
        _ key: String,
        _ kind: String,
        _ about: String,
        _ find: (String) -> UInt32?
    ) -> UInt32? {
        let accepted = "a \(kind)'s name or number"
        return value(key, nil, about, accepted, { $0.map { JSONValue($0) } }) {
            node throws(Wrong) in
            if let number = node.plain.flatMap(Scalars.integer) {
                guard let account = UInt32(exactly: number) else {
                    throw Wrong("must be \(accepted), not \(number)")
                }
                return account
            }
            guard let name = node.text, !node.isNull else {
                throw Wrong("must be \(accepted), not \(node.kind)")
            }
            guard let account = find(name) else {
                throw Wrong("names a \(kind) that this machine does not know: '\(name)'")
            }
            return account
        }
    }
}
