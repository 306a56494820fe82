internal import HTTPClient
package import ModelStore
internal import POSIX

/// Why a pull or push did not succeed.
///
/// Nothing that others can see has changed then; what was downloaded of a blob is kept, save where a
/// case says otherwise.
package enum RegistryError: Error, Sendable, Hashable {
    /// It is no model's name.
    case invalidName(String)
    /// The name says `http`, and that was not allowed.
    case insecureProtocol(String)
    /// The registry has no such model.
    case noSuchModel
    /// The registry has no such blob, although its manifest names it.
    case noSuchBlob(BlobDigest)
    /// The registry wants somebody who may; what it asked for.
    case unauthorized(String)
    /// The registry refuses, with this status and, where it has some, its words.
    case refused(status: Int, String)
    /// What the registry says cannot be true, or cannot be used.
    case invalidAnswer(String)
    /// A blob is not what its name says; what was downloaded of it is gone.
    case digestMismatch(BlobDigest)
    /// No answer, or no whole one, after all attempts; the last one's reason.
    case unavailable(String)
    /// A redirection leads to where a registry has no business to lead.
    case forbiddenRedirect(String)
    /// The store cannot take it.
    case store(StoreError)
    /// Too much goes on already.
    case tooMany(Int)
    /// It was called off, or paused.
    case cancelled

    /// Puts whatever was thrown into an error of ours.
    init(_ error: any Error) {
        switch error {
        case let error as RegistryError: self = error
        case let error as StoreError: self = .store(error)
        case let error as SystemError: self = .store(.system(error))
        case let error as WebError: self.init(web: error)
        case is CancellationError: self = .cancelled
        default: self = .unavailable("\(error)")
        }
    }

    private init(web error: WebError) {
        switch error.code {
        case .cancelled: self = .cancelled
        case .forbiddenAddress, .redirected: self = .forbiddenRedirect(error.message)
        case .tooLarge: self = .invalidAnswer(error.message)
        default: self = .unavailable(error.message)
        }
    }
}

extension RegistryError: CustomStringConvertible {
    /// The sentence people read; where clients of Ollama know one, in those words.
    package var description: String {
        switch self {
        case .invalidName(let name): "'\(name)' is no model's name"
        case .insecureProtocol(let scheme): "insecure protocol \(scheme)"
        case .noSuchModel: "pull model manifest: file does not exist"
        case .noSuchBlob(let digest): "the registry does not have \(digest), which it names"
        case .unauthorized(let what):
            "the registry asks for somebody who may do this: \(what)"
        case .refused(let status, let words):
            words.isEmpty
                ? "the registry answers \(status)" : "the registry answers \(status): \(words)"
        case .invalidAnswer(let what): "the registry's answer cannot be used: \(what)"
        case .digestMismatch(let digest):
            "digest mismatch, file must be downloaded again: \(digest)"
        case .unavailable(let reason): "max retries exceeded: \(reason)"
        case .forbiddenRedirect(let what): "the registry leads astray: \(what)"
        case .store(let error): "\(error)"
        case .tooMany(let most): "\(most) transfers go on already; wait for one, or call one off"
        case .cancelled: "it was called off"
        }
    }
}
