internal import CGnuTLS
internal import Text

/// A key of Ed25519 (RFC 8032) that says who somebody is; the signatures are made by GnuTLS.
package struct SigningKey: Sendable, Hashable {
    /// Bytes of each half.
    static let length = 32
    /// The kind, as SSH names it.
    static let kind = "ssh-ed25519"
    private static let signatureLength = 64

    /// The half that everybody may know.
    package let publicHalf: [UInt8]
    /// The half that nobody may: nothing prints it.
    private let secretHalf: [UInt8]

    /// Takes the two halves of a key.
    ///
    /// - Parameters:
    ///   - publicHalf: 32 bytes.
    ///   - secretHalf: 32 bytes.
    /// - Throws: `SigningKeyError.broken` when they do not belong together: a signature made with
    ///   such halves could betray the secret one.
    init(
        publicHalf: some Collection<UInt8>,
        secretHalf: some Collection<UInt8>
    ) throws(SigningKeyError) {
        self.publicHalf = Array(publicHalf)
        self.secretHalf = Array(secretHalf)
        guard self.publicHalf.count == Self.length, self.secretHalf.count == Self.length else {
            throw .broken("its halves are not of \(Self.length) bytes")
        }
        let probe = Array("probe".utf8)
        guard let signature = made(of: probe), Self.fits(signature, probe, self.publicHalf) else {
            throw .broken("its halves do not belong together")
        }
    }

    /// The public half as a `.pub` file has it, without the kind: base64 of what SSH writes.
    package var publicText: String {
        func field(_ bytes: [UInt8]) -> [UInt8] {
            [0, 0, 0, UInt8(bytes.count)] + bytes
        }
        return Base64.encoded(field(Array(Self.kind.utf8)) + field(publicHalf))
    }

    /// Signs bytes.
    ///
    /// - Parameter content: The bytes, up to some KiB.
    /// - Returns: 64 bytes.
    package func signature(of content: [UInt8]) -> [UInt8] {
        // The same call has succeeded when the key was read; it fails without memory alone.
        guard let signature = made(of: content) else { preconditionFailure("GnuTLS signs") }
        return signature
    }

    /// Whether a signature was made of these bytes with a key's secret half.
    ///
    /// - Parameters:
    ///   - signature: The signature.
    ///   - content: The bytes.
    ///   - publicHalf: The key's other half, 32 bytes.
    package static func fits(
        _ signature: [UInt8],
        _ content: [UInt8],
        _ publicHalf: [UInt8]
    ) -> Bool {
        guard signature.count == signatureLength, publicHalf.count == length else { return false }
        return unsafe gnutls_shim_ed25519_verify(
            publicHalf,
            content,
            content.count,
            signature
        ) == 0
    }

    private func made(of content: [UInt8]) -> [UInt8]? {
        var signature = [UInt8](repeating: 0, count: Self.signatureLength)
        let code = unsafe gnutls_shim_ed25519_sign(
            secretHalf,
            publicHalf,
            content,
            content.count,
            &signature
        )
        return code == 0 ? signature : nil
    }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
    /// The kind and the public half: what a `.pub` file says.
    package var description: String { "\(Self.kind) \(publicText)" }

    /// The public half alone, whatever prints it.
    package var customMirror: Mirror { Mirror(self, children: ["publicText": publicText]) }
}
