internal import HTTPClient
package import ModelStore

/// A model at a registry, and how the registry is spoken to.
///
/// `[scheme://][host/][namespace/]model[:tag]`, as `ModelName` has it: without a host it is Ollama's
/// registry, and `hf.co/user/repo:quant` is a repository of Hugging Face, which speaks the same.
package struct RegistryReference: Sendable, Hashable {
    /// The model.
    package let name: ModelName
    /// `https`, or `http` where that was asked for.
    package let scheme: String
    /// Whether any certificate is taken for the registry's.
    package let isInsecure: Bool

    /// Reads a reference.
    ///
    /// `insecure` means `http`, as Ollama has it; written out, `https://` stays, with any
    /// certificate.
    ///
    /// - Parameters:
    ///   - text: The model's name, with a scheme or without.
    ///   - insecure: Whether a registry may be spoken to that cannot prove who it is.
    /// - Throws: `RegistryError`: `.invalidName`, `.insecureProtocol`.
    package init(_ text: String, insecure: Bool = false) throws(RegistryError) {
        guard let name = ModelName(text) else { throw .invalidName(text) }
        let written = text.firstRange(of: "://").map { text[..<$0.lowerBound].lowercased() }
        switch written {
        case nil: scheme = insecure ? "http" : "https"
        case "https": scheme = "https"
        case "http":
            guard insecure else { throw .insecureProtocol("http") }
            scheme = "http"
        case .some(let other): throw .invalidName("\(other)://…")
        }
        self.name = name
        isInsecure = insecure
        // What is no host, such as a port beyond all ports.
        guard WebURL("\(scheme)://\(name.host)/") != nil else { throw .invalidName(text) }
    }

    /// The address of something of this model at its registry.
    ///
    /// - Parameter rest: What follows the model's name, such as `blobs/sha256:…`.
    func url(_ rest: String) throws(RegistryError) -> WebURL {
        let text = "\(scheme)://\(name.host)/v2/\(name.namespace)/\(name.model)/\(rest)"
        guard let url = WebURL(text) else { throw .invalidName(name.short) }
        return url
    }
}
