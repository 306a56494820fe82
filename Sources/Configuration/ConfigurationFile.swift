internal import Glibc
internal import POSIX

/// Where a service's configuration file is.
package struct ConfigurationFile: Sendable, Hashable {
    /// The file, or nil when there is none and defaults count.
    package let path: String?

    /// Finds a service's file.
    ///
    /// In order: the explicit path, which must exist; the folder of `BATON_CONFIG_DIR` and no other
    /// when that is set; for root `/etc/baton`, for others `$XDG_CONFIG_HOME/baton`.
    ///
    /// - Parameters:
    ///   - service: The service's name, which is the file's without `.yaml`.
    ///   - explicit: A path that somebody gave.
    ///   - surroundings: Variables and user.
    /// - Throws: `ConfigurationError` when the explicit file does not exist, no home is known, or the
    ///   folder may not be entered.
    package static func locate(
        service: String,
        explicit: String? = nil,
        surroundings: Surroundings = .process
    ) throws(ConfigurationError) -> ConfigurationFile {
        if let explicit {
            guard Files.size(explicit) != nil else {
                throw ConfigurationError(source: explicit, "there is no such file")
            }
            return ConfigurationFile(path: explicit)
        }
        let folder = try surroundings.folder(
            variable: "BATON_CONFIG_DIR",
            system: "/etc/baton",
            home: "XDG_CONFIG_HOME",
            below: ".config"
        )
        let path = "\(folder)/\(service).yaml"
        return ConfigurationFile(path: try isThere(path) ? path : nil)
    }

    /// Whether there is something at a path.
    ///
    /// What cannot be looked at is no reason for defaults: somebody meant other values.
    private static func isThere(_ path: String) throws(ConfigurationError) -> Bool {
        var status = stat()
        if unsafe stat(path, &status) == 0 { return true }
        let code = errno
        guard code == ENOENT || code == ENOTDIR else {
            throw ConfigurationError(source: path, SystemError.reason(code))
        }
        return false
    }

    /// A reader of the file; of defaults alone when there is none.
    ///
    /// - Parameter overrides: Values that go before the file's.
    /// - Throws: `ConfigurationError` when the file cannot be read; what is wrong inside it is thrown
    ///   by the reader's `finish`.
    package func reader(
        overrides: [ConfigurationOverride] = []
    ) throws(ConfigurationError) -> ConfigurationReader {
        guard let path else {
            return ConfigurationReader(parsing: [], name: "", overrides: overrides)
        }
        do {
            // One byte more than is accepted, so that the parser reports what is too large.
            let bytes = try Files.read(path, limit: YAMLDocument.maximumSize + 1)
            return ConfigurationReader(parsing: bytes, name: path, overrides: overrides)
        } catch {
            throw ConfigurationError(source: path, SystemError.reason(error.code))
        }
    }
}

/// The variables and the user of a process, which tests replace.
package struct Surroundings: Sendable {
    /// Looks a variable up; nil when it is absent or empty.
    package let variable: @Sendable (String) -> String?
    /// The user's number.
    package let user: UInt32

    /// Describes surroundings.
    ///
    /// - Parameters:
    ///   - user: The user's number.
    ///   - variable: Looks a variable up.
    package init(user: UInt32, variable: @escaping @Sendable (String) -> String?) {
        self.user = user
        self.variable = variable
    }

    /// Those of this process.
    package static var process: Surroundings {
        Surroundings(user: geteuid(), variable: Environment.value)
    }

    /// A folder by Baton's own variable, for root the system's, for others by the XDG rules.
    func folder(
        variable name: String,
        system: String,
        home: String,
        below: String
    ) throws(ConfigurationError) -> String {
        if let own = variable(name) {
            guard own.hasPrefix("/") else {
                throw ConfigurationError(source: name, "must be an absolute path, not '\(own)'")
            }
            return own
        }
        if user == 0 { return system }
        // The XDG specification says that relative paths are to be ignored.
        if let base = variable(home), base.hasPrefix("/") { return "\(base)/baton" }
        guard let base = variable("HOME"), base.hasPrefix("/") else {
            throw ConfigurationError(source: "HOME", "is not set, so '\(name)' must be")
        }
        return "\(base)/\(below)/baton"
    }
}
