import ModelFiles
import Testing

@testable import ModelStore

@Suite struct ParameterSizeTests {
    /// By what Ollama prints of such numbers.
    @Test(
        arguments: [
            (0, "0"), (999, "999"), (1000, "1K"), (22_499, "22K"), (22_501, "23K"),
            (787_584, "788K"), (1_000_000, "1M"), (134_515_008, "134.52M"),
            (999_885_952, "999.89M"), (134_100_000, "134.10M"), (1_000_000_000, "1B"),
            (8_030_261_312, "8.0B"), (8_050_000_000, "8.1B"), (7_000_000_000, "7B"),
            (70_553_706_560, "70.6B"), (671_026_419_200, "671.0B"), (999_999, "1000K"),
            (-5, "0"),
        ] as [(Int, String)]
    )
    func isWrittenForPeople(count: Int, text: String) {
        #expect(ParameterSize.text(count) == text)
    }

    @Test func anyNumberCanBeWritten() {
        #expect(ParameterSize.text(.max) == "9223372036.9B")
        #expect(ParameterSize.text(.min) == "0")
    }
}

@Suite struct JinjaTraitsTests {
    @Test(
        arguments: [
            ("{{ messages[0].content }}", false, false, false),
            ("{% if tools %}{{ tools | tojson }}{% endif %}", true, false, false),
            ("{% if message.tool_calls %}{% elif message.role == 'tool' %}", true, true, false),
            ("<think>{{ m.reasoning_content }}</think>", false, false, true),
            ("{% set x = content.split('</think>')[-1] %}", false, false, true),
            ("{{ content.split('</think>') }}{{ reasoning_content }}", false, false, false),
            ("</think>", false, false, false),
            ("{% if enable_thinking %}", false, false, true),
            ("[THINK]{{ t }}[/THINK]", false, false, true),
            ("", false, false, false),
        ] as [(String, Bool, Bool, Bool)]
    )
    func areSeenInTheText(template: String, tools: Bool, answers: Bool, thinks: Bool) {
        let traits = JinjaTraits(template)
        #expect(traits.offersTools == tools)
        #expect(traits.returnsToolAnswers == answers)
        #expect(traits.thinks == thinks)
    }
}

@Suite struct TemplateChoiceTests {
    private let plain = JinjaTraits("{{ messages }}")
    private let tools = JinjaTraits("tools")
    private let answers = JinjaTraits("tools tool_calls ipython")

    @Test func theOnlyOneIsTaken() {
        #expect(TemplateChoice(own: nil, jinja: nil) == .none)
        #expect(TemplateChoice(own: [], jinja: nil) == .own)
        #expect(TemplateChoice(own: nil, jinja: plain) == .jinja)
    }

    @Test func theOtherIsTakenWhenItKnowsMore() {
        #expect(TemplateChoice(own: ["Prompt"], jinja: plain) == .own)
        #expect(TemplateChoice(own: ["Prompt"], jinja: tools) == .jinja)
        #expect(TemplateChoice(own: ["Tools"], jinja: tools) == .own)
        #expect(TemplateChoice(own: ["Tools", "ToolCalls"], jinja: answers) == .own)
        #expect(TemplateChoice(own: ["Tools"], jinja: answers) == .jinja)
        #expect(TemplateChoice(own: ["Tools", "Thinking"], jinja: answers) == .own)
        let thinks = JinjaTraits("tools <think></think>")
        #expect(TemplateChoice(own: ["Tools", "ToolCalls"], jinja: thinks) == .own)
        #expect(TemplateChoice(own: ["Tools"], jinja: thinks) == .jinja)
    }
}
