internal import POSIX

/// With what a server proves who it is: PEM texts, read from files.
package struct TLSIdentity: Sendable {
    /// Where the texts come from.
    package struct Source: Sendable, Hashable {
        /// The file of the certificate chain, the server's own first.
        package let certificate: String
        /// The file of the private key.
        package let key: String

        /// Names the files.
        ///
        /// - Parameters:
        ///   - certificate: The certificate chain.
        ///   - key: The private key.
        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }

        /// What tells one content of the files from another.
        var versions: [FileVersion?] {
            [FileVersion.current(of: certificate), FileVersion.current(of: key)]
        }
    }

    let certificate: String
    let key: String

    /// Reads the files.
    ///
    /// - Parameter source: The files.
    /// - Throws: `SystemError` when one cannot be read; `EINVAL` when it is no text.
    init(_ source: Source) throws(SystemError) {
        certificate = try Self.text(of: source.certificate)
        key = try Self.text(of: source.key)
    }

    private static func text(of path: String) throws(SystemError) -> String {
        let bytes = try Files.read(path, limit: 1 << 20)
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
            throw SystemError(code: 22, operation: "read '\(path)', which is no PEM text")
        }
        return text
    }
}
