internal import CommandLine
internal import Glibc
internal import POSIX

/// Under which name the commands were called, and what they are given for it.
package struct Caller: Sendable {
    /// The names under which the program is a command line of models.
    package enum Name: String, Sendable {
        /// With the verbs of all of Baton around them.
        case baton
        /// With Ollama's verbs alone.
        case ollama
    }

    /// The name.
    package let name: Name
    private let transport: @Sendable (ServerAddress) throws -> any ServerTransport
    private let history: @Sendable () -> String?
    private let store: @Sendable () throws -> (any LocalStore)?

    /// Describes a caller.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - history: Where the lines of conversations are kept; nil for nowhere.
    ///   - store: The store that a server on this machine changes, by its configuration; nil
    ///     where there is none, and throws where it cannot be changed.
    ///   - transport: Makes what takes requests to a server.
    package init(
        _ name: Name,
        history: @escaping @Sendable () -> String?,
        store: @escaping @Sendable () throws -> (any LocalStore)?,
        transport: @escaping @Sendable (ServerAddress) throws -> any ServerTransport
    ) {
        self.name = name
        self.history = history
        self.store = store
        self.transport = transport
    }

    /// The server that `OLLAMA_HOST` names.
    func server() throws -> ModelServer {
        let address = ServerAddress(Environment.value("OLLAMA_HOST"))
        if let warning = address.warning { Terminal.writeError("\(warning)\n") }
        return ModelServer(
            address: address,
            transport: try transport(address),
            hint: hint(address)
        )
    }

    /// Where files may be put by which a server makes models.
    ///
    /// - Parameter server: The server.
    func place(for server: ModelServer) -> FileDelivery.Place {
        guard server.address.isLocal else { return .elsewhere }
        do {
            return try store().map { .store($0) } ?? .elsewhere
        } catch {
            return .closed("\(error)")
        }
    }

    /// What to do when nobody answers.
    private func hint(_ address: ServerAddress) -> String {
        switch name {
        case .ollama:
            "could not connect to ollama server at '\(address.url)', run 'baton up' to start it"
        case .baton:
            "nobody answers at '\(address.url)'; is Baton running? start it with 'baton up', or say"
                + " in OLLAMA_HOST where it is"
        }
    }

    /// Where the lines of conversations are kept; nil for nowhere.
    var historyFile: String? {
        // By Ollama's rules: any value but those that mean no.
        let word = Environment.value("OLLAMA_NOHISTORY")?.lowercased()
        return word == nil || ["0", "f", "false"].contains(word) ? history() : nil
    }

    /// Seconds since 1970.
    static var now: Int { Int(WallTime.now.nanoseconds / 1_000_000_000) }
}
