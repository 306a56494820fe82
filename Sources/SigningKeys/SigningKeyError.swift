package import POSIX

/// Why a file gives no key to sign with.
///
/// Nothing of a key's secret half is in an error.
package enum SigningKeyError: Error, Sendable, Hashable {
    /// The file cannot be read.
    case system(SystemError)
    /// It is something else than a private key in OpenSSH's format.
    case notAKey
    /// Its lengths or numbers cannot be true; what was found first.
    case broken(String)
    /// It is locked with a password; by which cipher.
    case encrypted(String)
    /// It is a key of another kind than Ed25519.
    case otherKind(String)
    /// It holds so many keys, and one is expected.
    case several(Int)
}

extension SigningKeyError: CustomStringConvertible {
    /// The sentence people read, without the file's name.
    package var description: String {
        switch self {
        case .system(let error): "\(error)"
        case .notAKey: "it is no private key in OpenSSH's format; 'ssh-keygen -t ed25519' makes one"
        case .broken(let what): "it is broken: \(what)"
        case .encrypted(let cipher):
            "it is locked with a password (\(cipher)), and there is nobody to ask; 'ssh-keygen -p' "
                + "takes the password away, 'ssh-keygen -t ed25519' makes another key"
        case .otherKind(let kind):
            "it is a key of the kind '\(kind)'; 'ssh-keygen -t ed25519' makes one that will do"
        case .several(let count): "it holds \(count) keys; keep one in a file"
        }
    }
}
