internal import CGnuTLS

/// Digests bytes that come in pieces.
@safe
package final class SHA256Hasher {
    private let handle: gnutls_hash_hd_t

    /// Creates a hasher that has seen nothing.
    package init() {
        var handle: gnutls_hash_hd_t?
        let code = unsafe gnutls_hash_init(&handle, GNUTLS_DIG_SHA256)
        // Fails only when GnuTLS cannot allocate or was built without the algorithm.
        guard code == 0, let made = unsafe handle else { preconditionFailure("GnuTLS has SHA-256") }
        unsafe self.handle = made
    }

    deinit {
        unsafe gnutls_hash_deinit(handle, nil)
    }

    /// Takes more bytes in.
    ///
    /// - Parameter bytes: Any bytes.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        let code = unsafe gnutls_hash(handle, start, bytes.count)
        precondition(code == 0, "GnuTLS digests what it began")
    }

    /// The digest of all bytes so far; afterwards the hasher has seen nothing again.
    package func finish() -> SHA256Digest {
        var digest = [UInt8](repeating: 0, count: 32)
        unsafe gnutls_hash_output(handle, &digest)
        return SHA256Digest(bytes: digest)
    }
}

extension SHA256Hasher {
    /// Takes more bytes in.
    ///
    /// - Parameter bytes: Any bytes.
    package func update(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }
}
