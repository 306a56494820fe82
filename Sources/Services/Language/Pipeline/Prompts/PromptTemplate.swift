package import GoTemplate

/// A prompt in the template language of Ollama's library.
///
/// There are two kinds. Newer templates go through all messages themselves, and their whole text is
/// the prompt; older ones know one turn, `.System`, `.Prompt` and `.Response`, and are filled once
/// for each: the prompt ends with the last turn's `.Response`.
package struct PromptTemplate: Sendable {
    let template: GoTemplate
    private let fields: Set<GoKey>
    private let limits: GoTemplateLimits

    private static let functions: Set = [
        "json", "currentDate", "yesterdayDate", "toTypeScriptType",
    ]

    /// Reads a template.
    ///
    /// - Parameters:
    ///   - source: Its text.
    ///   - limits: How much it may do to make one prompt.
    /// - Throws: `GoTemplateError` with the line.
    package init(
        _ source: String,
        limits: GoTemplateLimits = GoTemplateLimits()
    ) throws(GoTemplateError) {
        template = try GoTemplate(source, functions: Self.functions)
        fields = template.fieldNames
        self.limits = limits
    }

    /// Whether tools are put to the model.
    package var knowsTools: Bool { fields.contains("Tools") }
    /// Whether it can fill a gap between two texts.
    package var knowsSuffixes: Bool { fields.contains("Suffix") }
    /// Whether thoughts of earlier answers are put to the model.
    package var knowsThinking: Bool { thinkingTags != nil }

    /// The prompt of a conversation.
    ///
    /// - Parameter conversation: The conversation.
    /// - Throws: `GoTemplateError` when the template asks for what is not there, or does more than
    ///   it may.
    package func prompt(for conversation: Conversation) throws(GoTemplateError) -> String {
        let messages = conversation.merged
        // All turns of a conversation share it.
        var budget = GoBudget(limits)
        if !conversation.suffix.isEmpty, let last = messages.last {
            return try fill(
                conversation,
                ["Prompt": .string(last.content), "Suffix": .string(conversation.suffix)],
                spending: &budget
            )
        }
        guard fields.contains("Messages") else {
            return try turns(of: messages, conversation, spending: &budget)
        }
        let system = messages.filter { $0.role == "system" }.map(\.content)
        return try fill(
            conversation,
            [
                "System": .string(system.joined(separator: "\n\n")),
                "Messages": .list(messages.map(TemplateValues.message)[...]),
                "Tools": TemplateValues.tools(conversation.tools),
            ],
            spending: &budget
        )
    }

    /// One turn after the other; the last one ends where the answer begins.
    private func turns(
        of messages: [ChatMessage],
        _ conversation: Conversation,
        spending budget: inout GoBudget
    ) throws(GoTemplateError) -> String {
        var prompt = ""
        var turn = Turn()
        for message in messages {
            if turn.isOver(before: message.role) {
                prompt += try fill(conversation, turn.values, spending: &budget)
                turn = Turn()
            }
            turn.take(message)
        }
        return try prompt
            + fill(conversation, turn.values, endingAt: "Response", spending: &budget)
    }

    /// What an older template knows at once.
    private struct Turn {
        var system = ""
        var prompt = ""
        var response = ""

        /// Whether a message of a role belongs to the next turn.
        func isOver(before role: String) -> Bool {
            switch role {
            case "system": !prompt.isEmpty || !response.isEmpty
            case "user": !response.isEmpty
            default: false
            }
        }

        mutating func take(_ message: ChatMessage) {
            switch message.role {
            case "system": system = message.content
            case "user": prompt = message.content
            case "assistant": response = message.content
            // There is no place for any other.
            default: break
            }
        }

        var values: [GoKey: GoValue] {
            [
                "System": .string(system), "Prompt": .string(prompt),
                "Response": .string(response),
            ]
        }
    }

    private func fill(
        _ conversation: Conversation,
        _ values: [GoKey: GoValue],
        endingAt last: GoKey? = nil,
        spending budget: inout GoBudget
    ) throws(GoTemplateError) -> String {
        let common: [GoKey: GoValue] = [
            "Response": "",
            "Think": .bool(conversation.thinks ?? false),
            "ThinkLevel": .string(conversation.thinkLevel),
            "IsThinkSet": .bool(conversation.thinks != nil),
        ]
        let (today, yesterday) = (conversation.today, conversation.yesterday)
        let text = try template.render(
            .map(common.merging(values) { $1 }),
            functions: [
                "json": GoJSON.function,
                "currentDate": { _, _ in .string(today) },
                "yesterdayDate": { _, _ in .string(yesterday) },
                "toTypeScriptType": TemplateValues.typeScriptType,
            ],
            endingAt: last,
            spending: &budget
        )
        // A template that has no place for the answer has it at its end.
        guard !fields.contains("Messages"), !fields.contains("Response"),
            case .string(let response) = values["Response"]
        else { return text }
        return text + response
    }
}
