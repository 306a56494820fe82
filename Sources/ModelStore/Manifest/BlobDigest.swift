internal import Digests

/// What a blob is called by: the SHA-256 digest of its content.
///
/// Only digests become paths, so nothing that a manifest says can lead out of the folder of blobs.
package struct BlobDigest: Sendable, Hashable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    package let hexadecimal: String

    private static let start = "sha256:"

    /// Reads a digest as manifests write it; nil for any other text.
    ///
    /// - Parameter text: "sha256:" and 64 hexadecimal digits.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.start) else { return nil }
        guard let digest = SHA256Digest(hexadecimal: text.dropFirst(Self.start.count)) else {
            return nil
        }
        hexadecimal = "\(digest)"
    }

    /// Reads a digest as clients may write it, also with the hyphen that files' names have.
    ///
    /// - Parameter text: "sha256:" or "sha256-", and 64 hexadecimal digits.
    package init?(client text: String) {
        let hasHyphen = text.hasPrefix("sha256-")
        self.init(hasHyphen ? Self.start + text.dropFirst(Self.start.count) : text)
    }

    /// Takes a digest that was computed.
    init(_ digest: SHA256Digest) {
        hexadecimal = "\(digest)"
    }

    /// The digest of a content.
    ///
    /// - Parameter bytes: The content.
    package init(of bytes: [UInt8]) {
        self.init(SHA256Digest(of: bytes))
    }

    /// The digest as manifests write it.
    package var description: String { Self.start + hexadecimal }
}
