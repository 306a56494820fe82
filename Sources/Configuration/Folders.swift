package import POSIX

/// Where Baton keeps what it writes.
///
/// For root `/var/lib/baton`, `/var/cache/baton` and `/run/baton`; for others the XDG folders, with a
/// private one in `/tmp` where no runtime folder exists. `BATON_STATE_DIR`, `BATON_CACHE_DIR` and
/// `BATON_RUNTIME_DIR` go before all of them.
package struct Folders: Sendable, Hashable {
    /// What must survive: models, galleries, pins.
    package let state: String
    /// What can be made again.
    package let cache: String
    /// Sockets and other things of this boot.
    package let runtime: String
    /// Whether the runtime folder lies where everybody may make folders.
    private let runtimeIsShared: Bool

    /// Finds the folders without making them.
    ///
    /// - Parameter surroundings: Variables and user.
    /// - Throws: `ConfigurationError` when a variable is no absolute path, or no home is known.
    package init(surroundings: Surroundings = .process) throws(ConfigurationError) {
        state = try surroundings.folder(
            variable: "BATON_STATE_DIR",
            system: "/var/lib/baton",
            home: "XDG_STATE_HOME",
            below: ".local/state"
        )
        cache = try surroundings.folder(
            variable: "BATON_CACHE_DIR",
            system: "/var/cache/baton",
            home: "XDG_CACHE_HOME",
            below: ".cache"
        )
        let hasOwn = surroundings.variable("BATON_RUNTIME_DIR") != nil
        let hasSession = surroundings.variable("XDG_RUNTIME_DIR")?.hasPrefix("/") == true
        runtimeIsShared = surroundings.user != 0 && !hasOwn && !hasSession
        guard !runtimeIsShared else {
            runtime = "/tmp/baton-\(surroundings.user)"
            return
        }
        runtime = try surroundings.folder(
            variable: "BATON_RUNTIME_DIR",
            system: "/run/baton",
            home: "XDG_RUNTIME_DIR",
            below: "run"
        )
    }

    /// Makes the folders that do not exist yet.
    ///
    /// - Throws: `SystemError`; `EPERM` when the runtime folder in `/tmp` is somebody else's, a link,
    ///   or open to others.
    package func make() throws(SystemError) {
        try Files.makeFolder(state, mode: 0o750)
        try Files.makeFolder(cache, mode: 0o750)
        try makeRuntime()
    }

    /// Makes the runtime folder alone, which a client must do before it trusts a socket in it.
    ///
    /// - Throws: `SystemError`; see `make`.
    package func makeRuntime() throws(SystemError) {
        if runtimeIsShared {
            try Files.makePrivateFolder(runtime)
        } else {
            try Files.makeFolder(runtime, mode: 0o755)
        }
    }
}
