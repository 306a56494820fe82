internal import JSON
internal import LanguagePipeline
internal import ModelStore

/// A model of the store with all that answering with it needs.
struct LanguageModel: Sendable {
    /// The store's entry.
    let stored: StoredModel
    /// What it is and can do.
    let summary: ModelSummary
    /// What it is made of.
    let contents: ModelContents
    /// Its own template, where that is the one which counts; nil for the one in its file.
    let template: PromptTemplate?
    /// Whether its file has a template that counts.
    let hasJinja: Bool
    /// Its own parameters.
    let parameters: GenerationOptions
    /// The start of every conversation.
    let messages: [ChatMessage]

    /// Reads a model; blocks while it does.
    ///
    /// - Parameter prefersJinja: Whether the template in its file goes before its own.
    init(
        _ stored: StoredModel,
        of store: ModelStore,
        prefersJinja: Bool
    ) throws(Refusal) {
        self.stored = stored
        summary = store.summary(of: stored)
        contents = store.contents(of: stored)
        let jinja = summary.facts?.jinja
        let choice =
            prefersJinja && jinja != nil
            ? .jinja : TemplateChoice(own: summary.templateFields, jinja: jinja)
        hasJinja = choice == .jinja
        do {
            template =
                choice == .own ? try contents.template.map { try PromptTemplate($0) } : nil
            parameters = try GenerationOptions(contents.parameters)
        } catch {
            throw Refusal(
                500,
                code: "invalid_model",
                "model '\(stored.name.short)' has parts that cannot be used: \(error)"
            )
        }
        messages = contents.messages.map { ChatMessage(role: $0.role, content: $0.content) }
    }

    /// The name without the parts that are as usual.
    var name: String { stored.name.short }

    func can(_ capability: ModelCapability) -> Bool { summary.capabilities.contains(capability) }

    /// Whether it says how well texts answer a question.
    var ranks: Bool { summary.facts?.ranks == true }

    /// The context that it was trained for, in tokens.
    var trainedContext: Int? { summary.facts?.contextLength ?? summary.config.contextLength }

    /// Why an engine cannot load it, if that is known beforehand.
    var obstacle: Refusal? {
        if summary.config.isRemote {
            return Refusal(
                403,
                code: "no_cloud",
                "model '\(name)' runs on another machine; Baton runs models of this one alone"
            )
        }
        guard summary.config.isGGUF, !contents.modelPaths.isEmpty else {
            return Refusal(
                400,
                code: "unsupported_model",
                "model '\(name)' is no GGUF file; pull one, by a name such as"
                    + " 'hf.co/<user>/<model>-GGUF'"
            )
        }
        if let problem = contents.problems.first {
            return Refusal(
                500,
                code: "broken_model",
                "model '\(name)' is not whole: \(problem); pull it again"
            )
        }
        return summary.obstacles.first(where: \.isFatal).map {
            Refusal(400, code: "unsupported_model", "model '\(name)': \($0)")
        }
    }
}
