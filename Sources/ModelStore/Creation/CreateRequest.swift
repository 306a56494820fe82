package import JSON

/// What a new model is made of.
package struct CreateRequest: Sendable, Hashable {
    /// A file that is in the store as a blob.
    package struct File: Sendable, Hashable {
        /// What it was called where it came from; parts of a split model need not be in order.
        package let name: String
        /// The blob.
        package let digest: BlobDigest

        /// Names a file.
        ///
        /// - Parameters:
        ///   - name: What it was called.
        ///   - digest: The blob.
        package init(name: String, digest: BlobDigest) {
            self.name = name
            self.digest = digest
        }
    }

    /// What the model is called, in any case; a model of that name is replaced.
    package var name: ModelName
    /// The model that it is made from, which must be in the store; all that it has is taken over
    /// unless something else is said.
    package var from: ModelName?
    /// GGUF files: weights in one file or all its parts, projectors, adapters.
    ///
    /// What each is, it says itself. Nil where none were spoken of.
    package var files: [File]?
    /// A GGUF file of weights that are added to the model's; at most one.
    package var adapters: [File] = []
    /// GGUF files of a small model that guesses ahead.
    package var drafts: [File] = []
    /// How a conversation becomes a prompt; nil for that of `from`, empty for none.
    package var template: String?
    /// What the model is told before every conversation; nil for that of `from`, empty for nothing.
    package var system: String?
    /// Licences that are added to those of `from`.
    package var licenses: [String] = []
    /// Parameters, which go before those of `from` by name; null takes one away.
    package var parameters: JSONObject = [:]
    /// Messages before every conversation in the place of those of `from`; none keeps those.
    package var messages: [StoredMessage] = []
    /// The name of a built-in way to make prompts; nil for that of `from`.
    package var renderer: String?
    /// The name of a built-in way to read answers; nil for that of `from`.
    package var parser: String?
    /// The version of the program that it needs at least; nil for that of `from`.
    package var requires: String?
    /// How the weights shall be stored: "Q4_K_M"; nil leaves them as they are.
    package var quantization: String?
    /// What is to be said of the model by other names than those that a configuration has:
    /// `capabilities`, `model_family`, `base_name`, `quantization_level`, `parameter_size`,
    /// `context_length`, `embedding_length`.
    package var info: JSONObject = [:]

    /// Asks for a model that is made of nothing yet.
    ///
    /// - Parameter name: What it is called.
    package init(name: ModelName) {
        self.name = name
    }
}

/// What is being done while a model is made.
package struct CreateStatus: Sendable, Hashable {
    /// In the words that clients of Ollama know.
    package let text: String
    /// The blob that is worked on.
    package var digest: BlobDigest?
    /// How much there is to do, in bytes.
    package var total: Int?
    /// How much of it is done.
    package var completed: Int?

    /// Tells what is being done.
    init(_ text: String, digest: BlobDigest? = nil, total: Int? = nil, completed: Int? = nil) {
        self.text = text
        self.digest = digest
        self.total = total
        self.completed = completed
    }
}
