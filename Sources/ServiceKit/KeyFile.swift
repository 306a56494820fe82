internal import Configuration
internal import DeviceProtocol
internal import Digests
internal import HTTPService

/// The file of a service's API keys.
///
///     keys:
///       kitchen:                   # the name, in logs and shares
///         key: a-long-secret       # or sha256: <64 hexadecimal digits>
///         class_ceiling: interactive
///         forwarder: false         # speaks for users named by X-OpenWebUI-User-Id
///         priority: false          # its Priority header counts
enum KeyFile {
    /// Reads the file and follows its changes.
    ///
    /// - Parameter path: The file.
    /// - Throws: `ConfigurationError` with the line that is wrong.
    static func ring(_ path: String) throws(ConfigurationError) -> KeyRing {
        do {
            return try KeyRing(path: path) { try keys(in: $0) }
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError(source: path, "\(error)")
        }
    }

    /// The keys of a file.
    ///
    /// - Parameter path: The file.
    /// - Throws: `ConfigurationError` with the line that is wrong.
    static func keys(in path: String) throws(ConfigurationError) -> [APIKey] {
        let reader = try ConfigurationFile.locate(service: "keys", explicit: path).reader()
        var keys: [APIKey] = []
        for (name, section) in reader.sections("keys", about: "The keys, by name.") {
            if let key = try key(name, section, in: path) { keys.append(key) }
        }
        try reader.finish()
        guard !keys.isEmpty else { throw ConfigurationError(source: path, "there is no key in it") }
        return keys
    }

    private static func key(
        _ name: String,
        _ section: ConfigurationReader,
        in path: String
    ) throws(ConfigurationError) -> APIKey? {
        let text = section.string("key", default: nil, about: "The key itself.")
        let digits = section.string("sha256", default: nil, about: "Its SHA-256 digest instead.")
        let ceilings = TicketClass.allCases.map(\.rawValue)
        let ceiling = section.choice(
            "class_ceiling",
            default: "",
            of: [""] + ceilings,
            about: "The highest class of its requests; empty for the service's own ceiling."
        )
        let forwards = section.bool(
            "forwarder",
            default: false,
            about: "Whether it speaks for the users that X-OpenWebUI-User-Id names."
        )
        let prioritizes = section.bool(
            "priority",
            default: false,
            about: "Whether the Priority header of its requests counts."
        )
        let digest: SHA256Digest
        switch (text, digits) {
        case (let text?, nil):
            guard text.utf8.count >= shortest else {
                throw wrong(name, path, "must have at least \(shortest) characters")
            }
            digest = SHA256Digest(of: text)
        case (nil, let digits?):
            guard let read = SHA256Digest(hexadecimal: digits) else {
                throw wrong(name, path, "'sha256' must be 64 hexadecimal digits")
            }
            digest = read
        default: throw wrong(name, path, "needs either 'key' or 'sha256'")
        }
        return APIKey(
            name: name,
            digest: digest,
            ceiling: TicketClass(rawValue: ceiling),
            isForwarder: forwards,
            honoursPriority: prioritizes
        )
    }

    /// Shorter ones can be guessed.
    private static let shortest = 16

    private static func wrong(
        _ name: String,
        _ path: String,
        _ reason: String
    ) -> ConfigurationError {
        ConfigurationError(source: path, "the key '\(name)' \(reason)")
    }
}
