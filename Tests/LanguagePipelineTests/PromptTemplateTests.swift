import GoTemplate
import JSON
import Testing

@testable import LanguagePipeline

@Suite struct PromptTemplateTests {
    private let talk: [ChatMessage] = [
        ChatMessage(role: "system", content: "S"), ChatMessage(role: "user", content: "U1"),
        ChatMessage(role: "assistant", content: "A1"), ChatMessage(role: "user", content: "U2"),
    ]

    private func prompt(
        _ source: String,
        _ messages: [ChatMessage],
        _ change: (inout Conversation) -> Void = { _ in }
    ) throws -> String {
        var conversation = Conversation(messages)
        change(&conversation)
        return try PromptTemplate(source).prompt(for: conversation)
    }

    // MARK: Both kinds

    @Test func newerTemplatesGoThroughAllMessages() throws {
        let source = "{{ .System }}:{{ range .Messages }}[{{ .Role }} {{ .Content }}]{{ end }}"
        #expect(try prompt(source, talk) == "S:[system S][user U1][assistant A1][user U2]")
    }

    @Test func olderOnesAreFilledForEachTurnAndEndWhereTheAnswerBegins() throws {
        let source =
            "{{ if .System }}<s>{{ .System }}</s>{{ end }}{{ if .Prompt }}<u>{{ .Prompt }}</u>"
            + "{{ end }}<a>{{ .Response }}</a>\n"
        #expect(try prompt(source, talk) == "<s>S</s><u>U1</u><a>A1</a>\n<u>U2</u><a>")
        // A last answer is gone on with.
        let begun = talk + [ChatMessage(role: "assistant", content: "A2")]
        #expect(try prompt(source, begun).hasSuffix("<u>U2</u><a>A2"))
    }

    @Test func aTemplateWithoutAPlaceForTheAnswerHasItAtItsEnd() throws {
        #expect(try prompt("<{{ .Prompt }}>", talk) == "<U1>A1<U2>")
    }

    @Test func neighboursOfOneRoleAreOneMessageButToolsAnswers() throws {
        let messages = ["user", "user", "tool", "tool"].enumerated().map {
            ChatMessage(role: $1, content: "\($0)")
        }
        let source = "{{ range .Messages }}[{{ .Content }}]{{ end }}"
        #expect(try prompt(source, messages) == "[0\n\n1][2][3]")
    }

    @Test func gapsAreFilled() throws {
        let source = "<PRE>{{ .Prompt }}<SUF>{{ .Suffix }}<MID>{{ .Response }}"
        let text = try prompt(source, [ChatMessage(role: "user", content: "a")]) { $0.suffix = "z" }
        #expect(text == "<PRE>a<SUF>z<MID>")
        #expect(try PromptTemplate(source).knowsSuffixes)
        #expect(!(try PromptTemplate("{{ .Prompt }}").knowsSuffixes))
    }

    // MARK: Tools

    private let weather: JSONValue = [
        "type": "function",
        "function": [
            "description": "Says <how> it is.", "strict": true, "name": "weather",
            "parameters": [
                "properties": [
                    "unit": ["type": "string", "enum": ["C", "F"]],
                    "city": ["description": "where", "type": ["string", "null"]],
                ],
                "required": ["city"], "type": "object",
            ],
        ],
    ]

    @Test func toolsStandAsModelsKnowThem() throws {
        let tool = try Tool(weather)
        #expect(tool.name == "weather")
        #expect(tool.arguments == ["unit", "city"])
        let text = try prompt(
            "{{ range .Messages }}{{ end }}{{ range .Tools }}{{ . }}{{ end }}",
            talk
        ) {
            $0.tools = [tool]
        }
        #expect(
            text
                == #"{"type":"function","function":{"name":"weather","description":"Says \u003chow\u003e"#
                + #" it is.","parameters":{"type":"object","required":["city"],"properties":{"unit":"#
                + #"{"type":"string","enum":["C","F"]},"city":{"description":"where","type":["string","#
                + #""null"]}}},"strict":true}}"#
        )
    }

    @Test func theirPartsCanBeAskedFor() throws {
        let source = """
            {{ range .Messages }}{{ end }}{{ range .Tools }}{{ with .Function }}{{ .Name }}:\
            {{ .Parameters.Type }}:{{ range $n, $p := .Parameters.Properties }}{{ $n }}=\
            {{ $p.Type }}/{{ $p.ToTypeScriptType }}/{{ toTypeScriptType $p }};{{ end }}\
            {{ range .Parameters.Required }}!{{ . }}{{ end }}{{ end }}{{ end }}
            """
        let text = try prompt(source, talk) { $0.tools = (try? [Tool(weather)]) ?? [] }
        #expect(
            text == #"weather:object:city=["string","null"]/string | null/string | null;"#
                + "unit=string/string/string;!city"
        )
    }

    @Test func callsKeepTheOrderOfTheirArguments() throws {
        var answer = ChatMessage(role: "assistant", content: "")
        answer.toolCalls = [
            .init(name: "weather", arguments: ["unit": "C", "city": "Ulm"], id: "c1")
        ]
        let source =
            "{{ range .Messages }}{{ range .ToolCalls }}{{ .ID }} {{ .Function.Index }} "
            + "{{ .Function.Name }} {{ .Function.Arguments }} {{ json . }}{{ end }}{{ end }}"
        #expect(
            try prompt(source, [answer])
                == #"c1 0 weather {"unit":"C","city":"Ulm"} {"id":"c1","function":{"index":0,"#
                + #""name":"weather","arguments":{"unit":"C","city":"Ulm"}}}"#
        )
    }

    @Test(arguments: [
        #"{"type":"function"}"#, #"{"function":{}}"#, #"{"function":{"name":1}}"#, "1",
        #"{"function":{"name":"a","parameters":[]}}"#,
    ])
    func refusesWhatIsNoTool(text: String) throws {
        let json = try JSONValue(parsing: text.utf8)
        #expect(throws: JSONFieldError.self) { try Tool(json) }
    }

    // MARK: What a template says of answers

    @Test(arguments: [
        ("{{ if .ToolCalls }}<tool_call>\n{\"name\": {{ .X }}}{{ end }}", "<tool_call>"),
        (
            "{{ range .Messages }}{{ if .Content }}{{ else if .ToolCalls }}[TOOL_CALLS] [{{ range "
                + ".ToolCalls }}{\"name\"{{ end }}]{{ end }}{{ end }}", "[TOOL_CALLS] ["
        ),
        ("{{ if .ToolCalls }}{{ range .ToolCalls }}{\"name\": 1}{{ end }}{{ end }}", "{"),
        ("{{ if .ToolCalls }}{{ .Content }}x{{ end }}", "{"), ("{{ .Prompt }}", "{"),
    ])
    func theTagOfCallsIsTheTextBeforeThem(source: String, tag: String) throws {
        #expect(try PromptTemplate(source).toolCallTag == tag)
    }

    @Test func theTagsOfThoughtsAreTheTextsAroundThem() throws {
        let source =
            "{{ range .Messages }}{{ if and $.IsThinkSet .Thinking }}<think>\n{{ .Thinking }}\n</think>"
            + "{{ end }}{{ .Content }}{{ end }}"
        let tags = try #require(try PromptTemplate(source).thinkingTags)
        #expect(tags == ("<think>", "</think>"))
        #expect(try PromptTemplate(source).knowsThinking)
        #expect(!(try PromptTemplate("{{ .Thinking }}").knowsThinking))
    }

    @Test func thinkingAndDaysAreWhatTheConversationSays() throws {
        let source =
            "{{ range .Messages }}{{ end }}{{ .Think }}{{ .IsThinkSet }}{{ .ThinkLevel }}"
            + "{{ currentDate }}{{ yesterdayDate }}"
        #expect(try prompt(source, talk) == "falsefalse")
        let text = try prompt(source, talk) {
            ($0.thinks, $0.thinkLevel, $0.today, $0.yesterday) = (true, "low", "T", "Y")
        }
        #expect(text == "truetruelowTY")
    }

    @Test func errorsNameTheLine() throws {
        #expect(throws: GoTemplateError.self) { try PromptTemplate("{{ nope }}") }
        let error = #expect(throws: GoTemplateError.self) {
            try prompt("{{ range .Messages }}\n{{ .Nope }}{{ end }}", talk)
        }
        #expect(error?.description == "line 2: a Message has no field 'Nope'")
    }
}
