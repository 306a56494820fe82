internal import CGnuTLS

/// A SHA-256 digest (FIPS 180-4), by GnuTLS.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes.
    package let bytes: [UInt8]

    /// Takes a digest that was made.
    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Digests bytes in one go.
    ///
    /// - Parameter content: Any bytes.
    package init(of content: UnsafeRawBufferPointer) {
        var digest = [UInt8](repeating: 0, count: 32)
        let code = unsafe gnutls_hash_fast(
            GNUTLS_DIG_SHA256,
            content.baseAddress,
            content.count,
            &digest
        )
        // Fails only when GnuTLS cannot allocate or was built without the algorithm.
        precondition(code == 0, "GnuTLS has SHA-256")
        bytes = digest
    }

    /// Digests text as UTF-8.
    ///
    /// - Parameter text: Any text.
    package init(of text: String) {
        self.init(of: Array(text.utf8))
    }

    /// Digests bytes in one go.
    ///
    /// - Parameter content: Any bytes.
    package init(of content: [UInt8]) {
        self = unsafe content.withUnsafeBytes { unsafe SHA256Digest(of: $0) }
    }

    /// 64 lower-case hexadecimal digits.
    package var description: String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0\(digits)" : digits
        }.joined()
    }
}

extension SHA256Digest {
    /// Reads 64 hexadecimal digits; nil for any other text.
    ///
    /// - Parameter digits: The digits, in either case.
    package init?(hexadecimal digits: some StringProtocol) {
        let text = Array(digits.utf8)
        guard text.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.value(text[index]), let low = Self.value(text[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    /// Whether two digests are the same, in a time that does not depend on where they differ.
    ///
    /// - Parameter other: The other digest.
    package func isSame(inConstantTimeAs other: SHA256Digest) -> Bool {
        var difference: UInt8 = 0
        for (left, right) in zip(bytes, other.bytes) { difference |= left ^ right }
        return difference == 0
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
