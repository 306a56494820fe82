import JSON
import LanguagePipeline
import Testing

/// What Anthropic's requests are understood as.
struct AnthropicRequestTests {
    private func wish(_ members: String, onlyCounts: Bool = false) throws -> ConversationWish {
        let json = #"{"model":"m",\#(members)}"#
        return try MessagesRequest(JSONValue(parsing: json.utf8), onlyCounts: onlyCounts)
            .conversation
    }

    private static let turn = #""messages":[{"role":"user","content":"x"}]"#

    @Test func resultsOfToolsComeBeforeWhatTheUserSays() throws {
        let wish = try wish(
            #"""
            "max_tokens":5,"system":[{"type":"text","text":"a"},{"type":"text","text":"b"}],
            "messages":[{"role":"user","content":"x"},{"role":"assistant","content":[
            {"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"y"},
            {"type":"tool_use","id":"t","name":"f","input":{"z":1,"a":2}}]},
            {"role":"user","content":[{"type":"text","text":"z"},
            {"type":"tool_result","tool_use_id":"t","is_error":true,
            "content":[{"type":"text","text":"no"}]}]}]
            """#
        )
        let messages = wish.messages.map(\.message)
        #expect(messages.map(\.role) == ["system", "user", "assistant", "tool", "user"])
        #expect(messages.map(\.content) == ["a\nb", "x", "y", "Error: no", "z"])
        #expect(messages[2].thinking == "hm")
        #expect(messages[2].toolCalls.first?.arguments.members.map(\.name) == ["z", "a"])
        #expect(messages[3].toolName == "f" && messages[3].toolCallID == "t")
    }

    @Test(arguments: [
        (#""max_tokens":9"#, ThinkWish.off),
        (#""max_tokens":9,"thinking":{"type":"disabled"}"#, .off),
        (#""max_tokens":9,"thinking":{"type":"adaptive"}"#, .on),
        (#""max_tokens":9,"thinking":{"type":"enabled","budget_tokens":5}"#, .on),
        (
            #""max_tokens":9,"thinking":{"type":"adaptive"},"output_config":{"effort":"xhigh"}"#,
            .level("max")
        ),
        (#""max_tokens":9,"output_config":{"effort":"low"}"#, .off),
    ])
    func saysHowMuchToThink(_ members: String, _ expected: ThinkWish) throws {
        #expect(try wish("\(members),\(Self.turn)").common.think == expected)
    }

    @Test func onlyAnAnswerNeedsALimit() throws {
        #expect(throws: JSONFieldError.self) { try wish(Self.turn) }
        #expect(try wish(Self.turn, onlyCounts: true).messages.count == 1)
    }
}
