package import JSON

/// What a model's configuration says of it.
///
/// Members of another type than expected count as absent, and so do empty texts: every tool that
/// makes models writes what it likes.
package struct ModelConfig: Sendable, Hashable {
    /// The format of the weights: "gguf", "safetensors".
    package var format: String?
    /// The kind of network: "llama".
    package var family: String?
    /// All kinds of network in it, projectors' too.
    package var families: [String] = []
    /// How many parameters it has, as people read it: "8.0B".
    package var parameterSize: String?
    /// How the weights are stored: "Q4_K_M".
    package var quantization: String?
    /// The name of a built-in way to make prompts.
    package var renderer: String?
    /// The name of a built-in way to read answers.
    package var parser: String?
    /// The version of the program that it needs at least.
    package var requires: String?
    /// Where the model runs, when it runs elsewhere.
    package var remoteHost: String?
    /// What it is called there.
    package var remoteModel: String?
    /// What it can do; empty when that has to be found out.
    package var capabilities: [String] = []
    /// The context that it was trained for, in tokens.
    package var contextLength: Int?
    /// Numbers that stand for one token between the layers.
    package var embeddingLength: Int?
    /// The name of the model that it was made of.
    package var baseName: String?

    /// Makes a configuration that says nothing.
    package init() {}

    /// Takes what is there.
    ///
    /// - Parameter object: The configuration.
    package init(_ object: JSONObject) {
        func text(_ name: String) -> String? {
            object[name]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        }
        func texts(_ name: String) -> [String] {
            object[name]?.arrayValue?.compactMap(\.stringValue).filter { !$0.isEmpty } ?? []
        }
        func count(_ name: String) -> Int? {
            object[name]?.integerValue.flatMap { $0 > 0 ? $0 : nil }
        }
        format = text("model_format")
        family = text("model_family")
        families = texts("model_families")
        parameterSize = text("model_type")
        quantization = text("file_type")
        renderer = text("renderer")
        parser = text("parser")
        requires = text("requires")
        remoteHost = text("remote_host")
        remoteModel = text("remote_model")
        capabilities = texts("capabilities")
        contextLength = count("context_length")
        embeddingLength = count("embedding_length")
        baseName = text("base_name")
    }

    /// Whether the model runs elsewhere.
    package var isRemote: Bool { remoteHost != nil || remoteModel != nil }

    /// Whether the weights are GGUF files; models that do not say have no others.
    package var isGGUF: Bool { format == nil || format == "gguf" }
}
