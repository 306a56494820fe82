internal import HTTPClient
internal import ModelStore

/// What a connection is about: a model at a registry, or one file at a plain address.
enum RemotePlace: Sendable, Hashable {
    case model(RegistryReference)
    case file(WebURL)

    /// Whether any certificate will do.
    var isInsecure: Bool {
        switch self {
        case .model(let reference): reference.isInsecure
        case .file: false
        }
    }

    /// Whether it is spoken to without TLS, because somebody has written so.
    var isPlain: Bool {
        switch self {
        case .model(let reference): reference.scheme == "http"
        case .file(let url): !url.isSecure
        }
    }

    /// The host as credentials know it.
    var host: String {
        switch self {
        case .model(let reference): reference.name.host
        case .file(let url): url.host
        }
    }

    /// `https://host:port`; nil for what is no address.
    var origin: String? {
        switch self {
        case .model(let reference): try? reference.url("").origin
        case .file(let url): url.origin
        }
    }

    /// Where uploads begin.
    var uploads: WebURL {
        get throws(RegistryError) {
            switch self {
            case .model(let reference): return try reference.url("blobs/uploads/")
            case .file(let url): throw .refused(status: 405, "nothing is sent to '\(url)'")
            }
        }
    }

    /// Where a blob is.
    func blob(_ digest: BlobDigest) throws(RegistryError) -> WebURL {
        switch self {
        case .model(let reference): try reference.url("blobs/\(digest)")
        case .file(let url): url
        }
    }
}
