/// A model that is in the store.
package struct StoredModel: Sendable, Hashable {
    /// Its name, as the store's folders are written.
    package let name: ModelName
    /// Where its manifest is, from the store's folder on.
    package let place: String
    /// Its manifest.
    package let manifest: Manifest
    /// When the manifest changed, in nanoseconds since 1970.
    package let modified: Int64

    /// What identifies it: the digest of its manifest, 64 lower-case hexadecimal digits.
    package var digest: String { manifest.digest }

    /// Bytes of all its blobs together, by the manifest.
    package var size: Int { manifest.size }
}
