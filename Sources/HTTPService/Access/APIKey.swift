package import DeviceProtocol
package import Digests

/// A key with which clients prove who they are, and what it entitles them to.
///
/// The key itself is not kept, only its digest: neither a core dump nor a log can give it away.
package struct APIKey: Sendable, Hashable {
    /// What logs, metrics and shares call it; not secret.
    package let name: String
    /// The SHA-256 digest of the key.
    package let digest: SHA256Digest
    /// The highest class of its requests; nil for the service's own ceiling.
    package var ceiling: TicketClass?
    /// Whether it speaks for several users, named by a header of its requests.
    package var isForwarder: Bool
    /// Whether the `Priority` header of its requests counts; browsers send one by themselves.
    package var honoursPriority: Bool

    /// Describes a key.
    ///
    /// - Parameters:
    ///   - name: What logs, metrics and shares call it.
    ///   - digest: The SHA-256 digest of the key.
    ///   - ceiling: The highest class of its requests.
    ///   - isForwarder: Whether it speaks for several users.
    ///   - honoursPriority: Whether the `Priority` header of its requests counts.
    package init(
        name: String,
        digest: SHA256Digest,
        ceiling: TicketClass? = nil,
        isForwarder: Bool = false,
        honoursPriority: Bool = false
    ) {
        self.name = name
        self.digest = digest
        self.ceiling = ceiling
        self.isForwarder = isForwarder
        self.honoursPriority = honoursPriority
    }
}
