internal import JSON

/// The next message of a conversation, as OpenAI's and Anthropic's clients ask for it.
package struct ConversationWish: Sendable {
    /// What requests for text have in common.
    package var common: GenerationFields
    /// The conversation.
    package var messages: [ChatRequest.Message] = []
    /// The tools that the client told of.
    package var tools: [Tool] = []
    /// Which of them are to be called.
    package var choice = ToolChoice.auto
    /// Whether several may be called at once.
    package var allowsSeveralCalls = true
    /// Most tokens of thoughts; nil for no limit but that of the answer.
    package var thinkingLimit: Int?
    /// What the request calls its choice of tools.
    package var choiceField = "tool_choice"
    /// What the request calls the form of the answer.
    package var formatField = "response_format"

    /// Begins with a conversation.
    ///
    /// - Parameter common: What requests for text have in common.
    package init(_ common: GenerationFields) {
        self.common = common
    }

    /// The tools that may be called.
    ///
    /// - Throws: `Refusal` when none can be, or when the answer can be no call.
    package func callable() throws(Refusal) -> [Tool] {
        if choice.isDemanded, common.format != .free {
            throw Refusal(
                badRequest: "an answer that must be a call of a tool can have no other form",
                field: choiceField
            )
        }
        return try choice.pick(from: tools, field: choiceField)
    }
}

extension GenerationFields {
    /// Fields of a request that is none of Ollama's.
    ///
    /// - Parameters:
    ///   - model: The model, as the client names it.
    ///   - streams: Whether the answer comes piece by piece.
    package init(model: String, streams: Bool) {
        self.model = model
        self.streams = streams
        format = .free
        keepAlive = nil
        options = GenerationOptions()
        think = nil
        truncates = true
        shifts = nil
        tellsProbabilities = false
        alternatives = 0
        rendersOnly = false
    }

    /// Options that count where neither the request nor the model says anything: as OpenAI has it.
    package static let doorOptions: GenerationOptions = {
        let usual: JSONObject = ["temperature": 1, "top_p": 1]
        // Both are numbers, so nothing can be wrong with them.
        return (try? GenerationOptions(usual)) ?? GenerationOptions()
    }()
}

extension Refusal {
    /// Describes a request of which one member makes no sense: 400 `invalid_request`.
    ///
    /// - Parameters:
    ///   - message: What is wrong with it.
    ///   - field: The member.
    package init(badRequest message: String, field: String) {
        self.init(badRequest: message)
        self.field = field
    }

    /// The same about a member of a request.
    ///
    /// - Parameter field: The member.
    package func about(_ field: String) -> Refusal {
        var refusal = self
        refusal.field = refusal.field ?? field
        return refusal
    }
}
