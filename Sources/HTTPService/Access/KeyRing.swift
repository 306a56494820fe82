internal import Digests
internal import Logging
internal import POSIX

/// The keys that a server accepts, read from a file that may change while it runs.
///
/// A new version of the file counts within a second of its being there. One that cannot be read
/// changes nothing: the keys that were known go on, and an error is logged once.
package final class KeyRing: Sendable {
    /// Reads the keys from the file's path.
    package typealias Reader = @Sendable (String) throws -> [APIKey]

    private struct State {
        var keys: [APIKey]
        var version: FileVersion?
    }

    private let path: String
    private let read: Reader
    private let state: Guarded<State>

    /// Reads the keys for the first time.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - read: Reads the keys from it.
    /// - Throws: What `read` throws: a server must not start without the keys that it was told of.
    package init(path: String, read: @escaping Reader) throws {
        self.path = path
        self.read = read
        // The version first: a change in between is then read again.
        let version = FileVersion.current(of: path)
        state = Guarded(State(keys: try read(path), version: version))
    }

    /// The key that a client presents, or nil when there is none like it.
    ///
    /// Takes the same time wherever and whether it is found: digests are compared in full, all of
    /// them, so that time tells nothing about the keys.
    ///
    /// - Parameter presented: The key as the client sent it.
    package func find(_ presented: String) -> APIKey? {
        let digest = SHA256Digest(of: presented)
        var found: APIKey?
        for key in state.withLock({ $0.keys }) where key.digest.isSame(inConstantTimeAs: digest) {
            found = key
        }
        return found
    }

    /// The names of all keys.
    package var names: Set<String> { Set(state.withLock { $0.keys }.map(\.name)) }

    /// Reads the file again if it has changed.
    func refresh(_ logger: Logger) {
        let version = FileVersion.current(of: path)
        guard version != state.withLock({ $0.version }) else { return }
        do {
            let keys = try read(path)
            state.withLock { $0 = State(keys: keys, version: version) }
            logger.info("keys were read again", [("count", "\(keys.count)")])
        } catch {
            state.withLock { $0.version = version }
            logger.error("the key file is of no use", [("reason", "\(error)")])
        }
    }
}
