/// What a template in the Jinja language shows of what its model can do.
///
/// Only the text is looked at: words that every template has which does one thing or another.
package struct JinjaTraits: Sendable, Hashable {
    /// Whether tools are put to the model.
    package let offersTools: Bool
    /// Whether calls of tools and their answers are put to it too.
    package let returnsToolAnswers: Bool
    /// Whether the model thinks before it answers.
    package let thinks: Bool

    /// Looks at a template.
    ///
    /// - Parameter template: Its text.
    /// - Complexity: O(length).
    package init(_ template: String) {
        let text = Array(template.utf8)
        func has(_ word: String) -> Bool { Self.contains(text, word) }
        offersTools = has("tools") || has("tool_call")
        let takesCalls = has("tool_calls") || has("assistant_tool_call")
        returnsToolAnswers =
            offersTools && takesCalls && Self.answerWords.contains(where: has)
        // Templates that only take an earlier thought away name its end alone. Those that ask for
        // the thought apart are of models that write none into their answer.
        let cutsThoughts = has("split('</think>')") || has("split(\"</think>\")")
        thinks =
            Self.thinkingTags.contains { has($0.open) && has($0.close) }
            || Self.thinkingSwitches.contains(where: has)
            || (cutsThoughts && !has("reasoning_content"))
    }

    /// Marks of a template that puts the answers of tools to the model.
    private static let answerWords = [
        "tool_response", "tool_results", "ipython", "role'] == 'tool'", "role'] == \"tool\"",
        "role\"] == 'tool'", "role\"] == \"tool\"", "message.role == 'tool'",
        "message.role == \"tool\"",
    ]
    private static let thinkingTags = [
        (open: "<think>", close: "</think>"), (open: "[THINK]", close: "[/THINK]"),
    ]
    /// Names of what a request may set so that the model thinks, or how much.
    private static let thinkingSwitches = ["enable_thinking", "reasoning_effort"]

    private static func contains(_ text: [UInt8], _ word: String) -> Bool {
        let word = Array(word.utf8)
        guard text.count >= word.count else { return false }
        return (0...text.count - word.count).contains { start in
            text[start] == word[0] && text[start..<start + word.count].elementsEqual(word)
        }
    }
}
