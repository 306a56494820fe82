internal import CCrypto

/// A SHA-256 digest (FIPS 180-4), by libcrypto.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes.
    package let bytes: [UInt8]

    /// Digests bytes in one go.
    ///
    /// - Parameter content: Any bytes.
    package init(of content: UnsafeRawBufferPointer) {
        var digest = [UInt8](repeating: 0, count: 32)
        let code = unsafe EVP_Digest(
            content.baseAddress,
            content.count,
            &digest,
            nil,
            EVP_sha256(),
            nil
        )
        // Fails only when libcrypto cannot allocate or was built without the algorithm.
        precondition(code == 1, "libcrypto has SHA-256")
        bytes = digest
    }

    /// 64 lower-case hexadecimal digits.
    package var description: String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0\(digits)" : digits
        }.joined()
    }
}
