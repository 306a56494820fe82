package import ModelStore

/// A file at a plain address, of which somebody says what its bytes are.
package struct PlainFile: Sendable, Hashable {
    /// The address.
    package let url: String
    /// What its bytes must be.
    package let digest: BlobDigest
    /// How many bytes it has.
    package let size: Int

    /// Names a file.
    ///
    /// - Parameters:
    ///   - url: The address, `https` or `http`.
    ///   - digest: What its bytes must be.
    ///   - size: How many bytes it has.
    package init(url: String, digest: BlobDigest, size: Int) {
        self.url = url
        self.digest = digest
        self.size = size
    }
}
