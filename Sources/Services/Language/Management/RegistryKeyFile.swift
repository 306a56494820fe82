internal import Logging
internal import POSIX
internal import SigningKeys

/// The file of the key that says who this machine is at registries.
///
/// Read whenever a registry asks, so that a key counts from the moment when it is there. A file that
/// cannot be used is told in the log, once for each reason; the question goes unsigned then.
final class RegistryKeyFile: Sendable {
    private let path: String
    private let logger: Logger
    private let told = Guarded<SigningKeyError?>(nil)

    init(_ path: String, _ logger: Logger) {
        self.path = path
        self.logger = logger
    }

    /// The key; nil where there is none that can be used.
    func key() -> SigningKey? {
        do throws(SigningKeyError) {
            let key = try SigningKey.read(path)
            told.withLock { $0 = nil }
            return key
        } catch {
            let isNew = told.withLock { told in
                defer { told = error }
                return told != error
            }
            if isNew {
                let fields = [("file", path), ("reason", "\(error)")]
                logger.warning(
                    "the key for registries cannot be used; requests go unsigned",
                    fields
                )
            }
            return nil
        }
    }
}
