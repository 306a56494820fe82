package import JSON

/// What lists of models say of each.
package struct ModelDetails: Sendable, Hashable {
    /// What it was made from; empty when nobody said.
    package var parentModel = ""
    /// The format of the weights: "gguf".
    package var format = ""
    /// The kind of network.
    package var family = ""
    /// All kinds of network in it.
    package var families: [String] = []
    /// How many parameters it has: "8.0B".
    package var parameterSize = ""
    /// How the weights are stored: "Q4_K_M", or "unknown".
    package var quantization = ""
    /// The context that it was trained for, in tokens.
    package var contextLength: Int?
    /// Numbers that stand for one token between the layers.
    package var embeddingLength: Int?

    /// Takes the configuration's word, and the file's where that says nothing.
    ///
    /// - Parameters:
    ///   - config: The configuration.
    ///   - model: The model's file; nil when there is none, or it cannot be read.
    ///   - parameterCount: Parameters of all parts of the model together.
    ///   - parent: What it was made from.
    package init(
        config: ModelConfig,
        model: GGUFFacts?,
        parameterCount: Int? = nil,
        parent: String? = nil
    ) {
        parentModel = parent ?? ""
        format = config.format ?? (model == nil ? "" : "gguf")
        family = config.family ?? model?.architecture ?? ""
        families = config.families.isEmpty && !family.isEmpty ? [family] : config.families
        let counted = (parameterCount ?? model?.parameterCount).map(ParameterSize.text)
        parameterSize = config.parameterSize ?? counted ?? ""
        let isNamed = config.quantization.map { $0.lowercased() != "unknown" } ?? false
        quantization = isNamed ? config.quantization ?? "" : ""
        if quantization.isEmpty {
            quantization = model?.quantization ?? config.quantization ?? ""
        }
        contextLength = config.contextLength ?? model?.contextLength
        embeddingLength = config.embeddingLength ?? model?.embeddingLength
    }

    /// The object that clients of Ollama know.
    package var json: JSONValue {
        var object: JSONObject = [
            "parent_model": .string(parentModel), "format": .string(format),
            "family": .string(family), "families": .array(families.map { .string($0) }),
            "parameter_size": .string(parameterSize),
            "quantization_level": .string(quantization),
        ]
        object["context_length"] = contextLength.map { JSONValue($0) }
        object["embedding_length"] = embeddingLength.map { JSONValue($0) }
        return .object(object)
    }
}
