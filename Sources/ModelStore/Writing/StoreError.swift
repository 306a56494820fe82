package import POSIX

/// Why a store was not changed as it was asked for.
///
/// Unless a case says otherwise nothing that others can see has changed.
package enum StoreError: Error, Sendable, Hashable {
    /// What was asked for makes no sense: a sentence for whoever asked.
    case refused(String)
    /// There is no such model: its name, as it was asked for.
    case unknownModel(String)
    /// A blob that a manifest or a request names is not there.
    case missingBlob(BlobDigest)
    /// A call failed. The operation names the path; `EACCES`, `EPERM` and `EROFS` stand for stores
    /// that belong to others or may only be read, `ENOSPC` and `EDQUOT` for full disks.
    case system(SystemError)
    /// Before anything was written: so many bytes would not leave enough free.
    case noSpace(path: String, needed: Int, free: Int, reserve: Int)
    /// The content is not what its name says.
    case digestMismatch(expected: BlobDigest, found: BlobDigest)
    /// The content is shorter or longer than announced.
    case sizeMismatch(expected: Int, found: Int)
    /// A file was changed by somebody else while it was read.
    case changed(path: String)
    /// Somebody else uses the store; who, as far as the kernel tells.
    case busy(path: String, holders: [String], waited: Duration)
    /// A file of the store cannot be used.
    case problem(StoreProblem)
    /// Weights could not be made smaller: the program's own words.
    case quantization(String)
    /// Whoever asked does not want it any more.
    case cancelled
}

extension StoreError: CustomStringConvertible {
    /// The sentence people read; where clients of Ollama know one, in those words.
    package var description: String {
        switch self {
        case .refused(let sentence): sentence
        case .unknownModel(let name): "model '\(name)' not found"
        case .missingBlob(let digest): "the blob \(digest) is not in the store; send it first"
        case .system(let error): "\(error)\(Self.remedy(error.code))"
        case .noSpace(let path, let needed, let free, let reserve):
            "'\(path)' has \(free) bytes free; \(needed) are needed, and \(reserve) stay free"
        case .digestMismatch(let expected, let found):
            "digest mismatch, expected \"\(expected)\", got \"\(found)\""
        case .sizeMismatch(let expected, let found):
            "\(found) bytes came, \(expected) were announced"
        case .changed(let path): "'\(path)' changed while it was read"
        case .busy(let path, let holders, let waited):
            "the store is in use by \(Self.list(holders)), which did not end within "
                + "\(waited.milliseconds / 1000) s ('\(path)')"
        case .problem(let problem): "\(problem)"
        case .quantization(let words): "quantization failed: \(words)"
        case .cancelled: "it was called off"
        }
    }

    /// Whether asking otherwise would help, rather than trying again.
    package var isRequestsFault: Bool {
        switch self {
        case .refused, .missingBlob, .digestMismatch, .sizeMismatch: true
        default: false
        }
    }

    /// The kernel's code behind it; nil where there is none.
    package var code: Int32? {
        switch self {
        case .system(let error): error.code
        case .problem(let problem):
            if case .unreadable(let error) = problem.reason { error.code } else { nil }
        default: nil
        }
    }

    private static func list(_ holders: [String]) -> String {
        holders.isEmpty ? "another program" : holders.joined(separator: ", ")
    }

    private static func remedy(_ code: Int32) -> String {
        switch code {
        case StoreCode.readOnly: "; the store's file system may only be read"
        case StoreCode.denied, StoreCode.forbidden:
            "; the store belongs to another user: run as that user, or give this one the right"
        case StoreCode.full, StoreCode.overQuota: "; make room, for example with a collection"
        default: ""
        }
    }
}
