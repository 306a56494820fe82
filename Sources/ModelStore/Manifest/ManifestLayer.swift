/// One blob of a model, as its manifest names it.
package struct ManifestLayer: Sendable, Hashable {
    /// What a blob is for, by the last word of its media type.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The weights: a GGUF file, or one part of it.
        case model
        /// What turns pictures or sound into what the model reads: a GGUF file.
        case projector
        /// Weights that are added to the model's: a GGUF file.
        case adapter
        /// A small model that guesses ahead: a GGUF file.
        case draft
        /// How a conversation becomes a prompt, in the language of `GoTemplate`.
        case template
        /// The same, as the oldest models call it.
        case prompt
        /// What the model is told before every conversation.
        case system
        /// Parameters: a JSON object.
        case params
        /// The start of every conversation: a JSON list of messages.
        case messages
        /// A licence's text.
        case license
        /// Vectors, which nothing uses any more.
        case embed
        /// One tensor of a model that is no GGUF file.
        case tensor
        /// A file of settings of such a model.
        case json

        /// What the media types of all kinds begin with.
        static let mediaTypeStart = "application/vnd.ollama.image."

        /// The kind's media type.
        package var mediaType: String { Self.mediaTypeStart + rawValue }

        /// Reads a media type; nil when it is none of these kinds.
        init?(mediaType: String) {
            guard mediaType.hasPrefix(Self.mediaTypeStart) else { return nil }
            self.init(rawValue: String(mediaType.dropFirst(Self.mediaTypeStart.count)))
        }
    }

    /// What it is for; nil for media types that are not known here.
    package let kind: Kind?
    /// The media type as it is written.
    package let mediaType: String
    /// The blob.
    package let digest: BlobDigest
    /// The blob's bytes, by the manifest.
    package let size: Int
    /// What it was made from, where the manifest says so: the parent model's name or path.
    package let from: String?
    /// The name of a file or tensor, where the manifest says so.
    package let name: String?
}
