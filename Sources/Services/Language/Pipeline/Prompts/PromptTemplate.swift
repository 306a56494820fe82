package import GoTemplate
internal import JSON

/// What a template is filled with.
package struct Conversation: Sendable, Hashable {
    /// The messages, oldest first.
    package var messages: [ChatMessage]
    /// The tools that the model may ask for.
    package var tools: [Tool] = []
    /// Whether the model is to think; nil when nobody said.
    package var thinks: Bool?
    /// How much it is to think: a word that some models know; empty when nobody said.
    package var thinkLevel = ""
    /// What comes after the place that the model is to fill; the last message comes before it.
    package var suffix = ""
    /// What day it is, as `2006-01-02`, and what day was before it.
    package var today = ""
    package var yesterday = ""

    /// Makes a conversation.
    ///
    /// - Parameter messages: The messages, oldest first.
    package init(_ messages: [ChatMessage]) {
        self.messages = messages
    }
}

/// A prompt in the template language of Ollama's library.
///
/// There are two kinds. Newer templates go through all messages themselves; older ones know one turn,
/// `.System`, `.Prompt` and `.Response`, and are filled once for each. In both the prompt ends where
/// the model's answer begins.
package struct PromptTemplate: Sendable {
    private let template: GoTemplate
    private let fields: Set<String>

    private static let functions: Set = [
        "json", "currentDate", "yesterdayDate", "toTypeScriptType",
    ]

    /// Reads a template.
    ///
    /// - Parameter source: Its text.
    /// - Throws: `GoTemplateError` with the line.
    package init(_ source: String) throws(GoTemplateError) {
        let template = try GoTemplate(source, functions: Self.functions)
        let fields = template.fieldNames
        let says = fields.contains("Messages") || fields.contains("Response")
        self.template = says ? template : template.appending("Response")
        self.fields = fields
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
    /// - Throws: `GoTemplateError` when the template asks for what is not there.
    package func prompt(for conversation: Conversation) throws(GoTemplateError) -> String {
        let messages = Self.merged(conversation.messages)
        if !conversation.suffix.isEmpty, let last = messages.last {
            return try fill(
                template,
                conversation,
                ["Prompt": .string(last.content), "Suffix": .string(conversation.suffix)]
            )
        }
        guard fields.contains("Messages") else {
            return try turns(of: messages, conversation)
        }
        let system = messages.filter { $0.role == "system" }.map(\.content)
        return try fill(
            template,
            conversation,
            [
                "System": .string(system.joined(separator: "\n\n")),
                "Messages": .list(messages.map(TemplateValues.message)),
                "Tools": TemplateValues.tools(conversation.tools),
            ]
        )
    }

    /// One turn after the other; the last one ends where the answer begins.
    private func turns(
        of messages: [ChatMessage],
        _ conversation: Conversation
    ) throws(GoTemplateError) -> String {
        var prompt = ""
        var turn = Turn()
        for message in messages {
            if turn.isOver(before: message.role) {
                prompt += try fill(template, conversation, turn.values)
                turn = Turn()
            }
            turn.take(message)
        }
        let last = template.ending(at: "Response")
        return prompt + (try fill(last, conversation, turn.values))
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

        var values: [String: GoValue] {
            [
                "System": .string(system), "Prompt": .string(prompt),
                "Response": .string(response),
            ]
        }
    }

    private func fill(
        _ template: GoTemplate,
        _ conversation: Conversation,
        _ values: [String: GoValue]
    ) throws(GoTemplateError) -> String {
        let common: [String: GoValue] = [
            "Response": "",
            "Think": .bool(conversation.thinks ?? false),
            "ThinkLevel": .string(conversation.thinkLevel),
            "IsThinkSet": .bool(conversation.thinks != nil),
        ]
        let (today, yesterday) = (conversation.today, conversation.yesterday)
        return try template.render(
            .map(common.merging(values) { $1 }),
            functions: [
                "json": { .string(GoJSON.text($0.first?.json ?? .null)) },
                "currentDate": { _ in .string(today) },
                "yesterdayDate": { _ in .string(yesterday) },
                "toTypeScriptType": { .string(TypeScriptType.of($0.first?.json ?? .null)) },
            ]
        )
    }

    /// Neighbours of one role become one message, with a blank line between them.
    ///
    /// Answers of tools stay apart: each belongs to a call.
    private static func merged(_ messages: [ChatMessage]) -> [ChatMessage] {
        var merged: [ChatMessage] = []
        for message in messages {
            guard let last = merged.last, last.role == message.role, message.role != "tool" else {
                merged.append(message)
                continue
            }
            merged[merged.count - 1].content += "\n\n" + message.content
            merged[merged.count - 1].images += message.images
            merged[merged.count - 1].toolCalls += message.toolCalls
        }
        return merged
    }
}

// MARK: What it says of the model's own answers

extension PromptTemplate {
    /// The texts around `.Thinking`, which the model writes itself; nil when there are none.
    package var thinkingTags: (open: String, close: String)? {
        guard let (before, after) = Self.neighbours(of: "Thinking", in: template.body) else {
            return nil
        }
        let (open, close) = (Self.trimmed(before), Self.trimmed(after))
        return open.isEmpty || close.isEmpty ? nil : (open, close)
    }

    /// The text that comes before the calls of tools: a tag, or `{` where there is none.
    package var toolCallTag: String {
        guard let body = Self.body(for: "ToolCalls", in: template.body),
            let text = Self.firstText(in: body)
        else { return "{" }
        let tag = Self.trimmed(text).prefix { $0 != "{" }
        return tag.isEmpty ? "{" : Self.trimmed(String(tag))
    }

    /// The texts right before and after an action that writes a field.
    private static func neighbours(
        of field: String,
        in nodes: [GoNode]
    ) -> (before: String, after: String)? {
        for (index, node) in nodes.enumerated() {
            switch node {
            case .action(let pipeline) where pipeline.uses(field):
                let before = index > 0 ? nodes[index - 1] : nil
                let after = index + 1 < nodes.count ? nodes[index + 1] : nil
                guard case .text(let open) = before, case .text(let close) = after else { continue }
                return (open, close)
            case .when(let branch), .with(let branch), .range(let branch):
                if let found = neighbours(of: field, in: branch.body)
                    ?? neighbours(of: field, in: branch.alternative)
                {
                    return found
                }
            default: continue
            }
        }
        return nil
    }

    /// What is done where a field is there.
    private static func body(for field: String, in nodes: [GoNode]) -> [GoNode]? {
        for node in nodes {
            switch node {
            case .when(let branch) where branch.pipeline.uses(field): return branch.body
            case .when(let branch), .with(let branch), .range(let branch):
                if let found = body(for: field, in: branch.body)
                    ?? body(for: field, in: branch.alternative)
                {
                    return found
                }
            default: continue
            }
        }
        return nil
    }

    /// The first text that is written; nil when an action writes something before it.
    private static func firstText(in nodes: [GoNode]) -> String? {
        for node in nodes {
            switch node {
            case .text(let text) where !trimmed(text).isEmpty: return text
            case .text: continue
            case .when(let branch), .with(let branch), .range(let branch):
                return firstText(in: branch.body) ?? firstText(in: branch.alternative)
            default: return nil
            }
        }
        return nil
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
