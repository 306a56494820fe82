/// Something that a model can do, by the name that clients know.
package struct ModelCapability: RawRepresentable, Sendable, Hashable {
    /// The name; those of configurations may be any.
    package let rawValue: String

    /// Makes a capability of any name.
    ///
    /// - Parameter rawValue: The name.
    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// It writes.
    package static let completion = ModelCapability(rawValue: "completion")
    /// It makes vectors of texts.
    package static let embedding = ModelCapability(rawValue: "embedding")
    /// It takes pictures.
    package static let vision = ModelCapability(rawValue: "vision")
    /// It takes sound.
    package static let audio = ModelCapability(rawValue: "audio")
    /// It asks for tools.
    package static let tools = ModelCapability(rawValue: "tools")
    /// It fills a gap between two texts.
    package static let insert = ModelCapability(rawValue: "insert")
    /// It thinks before it answers.
    package static let thinking = ModelCapability(rawValue: "thinking")
}

extension ModelCapability {
    /// What is known of a model without running it.
    package struct Clues: Sendable {
        /// The configuration.
        package var config: ModelConfig
        /// The model's file; nil when there is none, or it cannot be read.
        package var model: GGUFFacts?
        /// The projectors' files.
        package var projectors: [GGUFFacts] = []
        /// The names of all fields in its template, without their dots; nil when it has none.
        package var templateFields: Set<String>?

        /// Collects clues.
        ///
        /// - Parameters:
        ///   - config: The configuration.
        ///   - model: The model's file.
        ///   - projectors: The projectors' files.
        ///   - templateFields: The names of all fields in its template.
        package init(
            config: ModelConfig,
            model: GGUFFacts? = nil,
            projectors: [GGUFFacts] = [],
            templateFields: Set<String>? = nil
        ) {
            self.config = config
            self.model = model
            self.projectors = projectors
            self.templateFields = templateFields
        }
    }

    /// What a model can do.
    ///
    /// A configuration that says it is believed. Otherwise: the file tells models that write from
    /// those that make vectors; layers for pictures and sound are in the file or in projectors;
    /// tools and thoughts are what the template in use knows (`TemplateChoice`), and only the model's
    /// own template, not the Jinja one, can fill gaps.
    ///
    /// - Parameter clues: What is known of it.
    /// - Returns: Each capability once, in the order of the names above.
    package static func all(by clues: Clues) -> [ModelCapability] {
        if !clues.config.capabilities.isEmpty {
            var seen: Set<String> = []
            return clues.config.capabilities.filter { seen.insert($0).inserted }.map {
                ModelCapability(rawValue: $0)
            }
        }
        var found: Set<ModelCapability> = []
        if let model = clues.model { found.insert(model.isEmbedding ? .embedding : .completion) }
        let projectors = clues.projectors
        let hasVision = clues.model?.visionBlockCount ?? 0 > 0
        if hasVision || projectors.contains(where: \.takesPictures) { found.insert(.vision) }
        let hasAudio = clues.model?.audioBlockCount ?? 0 > 0
        if hasAudio || projectors.contains(where: \.takesSound) { found.insert(.audio) }
        if clues.templateFields?.contains("Suffix") ?? false { found.insert(.insert) }
        switch TemplateChoice(own: clues.templateFields, jinja: clues.model?.jinja) {
        case .own: found.formUnion(TemplateChoice.own(clues.templateFields ?? []))
        case .jinja: found.formUnion(clues.model?.jinja.map(TemplateChoice.jinja) ?? [])
        case .none: break
        }
        if clues.config.family == "gptoss" || clues.config.family == "gpt-oss" {
            found.insert(.thinking)
        }
        return [.completion, .embedding, .vision, .audio, .tools, .insert, .thinking].filter {
            found.contains($0)
        }
    }
}
