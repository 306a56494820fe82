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

    @Test func whatNeighboursThoughtAndAskedForIsKept() throws {
        var (one, other) = (
            ChatMessage(role: "assistant", content: "a"),
            ChatMessage(role: "assistant", content: "b")
        )
        one.thinking = "first"
        other.thinking = "second"
        one.toolCalls = [
            .init(name: "f", arguments: [:]), .init(name: "g", arguments: [:], index: 1),
        ]
        other.toolCalls = [
            .init(name: "h", arguments: [:]), .init(name: "i", arguments: [:], index: 1),
        ]
        let source =
            "{{ range .Messages }}{{ .Thinking }}{{ range .ToolCalls }} {{ .Function.Name }}"
            + "{{ .Function.Index }}{{ end }}{{ end }}"
        #expect(try prompt(source, [one, other]) == "first\n\nsecond f0 g1 h2 i3")
        one.thinking = ""
        #expect(
            try prompt("{{ range .Messages }}{{ .Thinking }}{{ end }}", [one, other]) == "second"
        )
    }

    @Test(arguments: [
        ("{{ .Prompt }}{{ if .System }}{{ .Response }}{{ else }}-{{ .Response }}{{ end }}!", "U2-"),
        ("{{ .Prompt }}{{ if .Response }}{{ .Response }}</a>{{ end }}<end>", "U2"),
        ("{{ .Prompt }}{{ if .Response }}<a>{{ else }}<b>{{ end }}{{ .Response }}<end>", "U2<b>"),
        ("{{ define \"t\" }}<{{ .Response }}>{{ end }}{{ .Prompt }}{{ template \"t\" . }}x", "U2<"),
    ])
    func theLastTurnEndsWhereTheAnswerBegins(source: String, end: String) throws {
        #expect(try prompt(source, [ChatMessage(role: "user", content: "U2")]) == end)
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
                == #"{"type":"function","function":{"name":"weather","description":"Says "#
                + #"\u003chow\u003e it is.","parameters":{"type":"object","required":["city"],"#
                + #""properties":{"unit":{"type":"string","enum":["C","F"]},"city":{"#
                + #""description":"where","type":["string","null"]}}},"strict":true}}"#
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
            text == "weather:object:city=[string null]/string | null/string | null;"
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

    /// Made with Go 1.24 and types with the same methods.
    @Test(arguments: [
        ("{{ len $p.Type }}{{ index $p.Type 0 }}", "2string1string"),
        ("{{ $p.Type }}|{{ json $p.Type }};", #"[string null]|["string","null"];string|"string";"#),
        ("{{ range $p.Type }}<{{ . }}>{{ end }}", "<string><null><string>"),
        ("{{ printf \"%s %v\" $p.Type $p.Type }};", "[string null] [string null];string string;"),
        ("{{ eq (index $p.Type 0) \"string\" }}", "truetrue"),
        ("{{ $p.Enum }}{{ json $p.Enum }}", #"[]null[C F]["C","F"]"#),
    ])
    func typesOfPropertiesAreLists(source: String, text: String) throws {
        let whole =
            "{{ range .Messages }}{{ end }}{{ range .Tools }}{{ range $n, $p := "
            + ".Function.Parameters.Properties }}\(source){{ end }}{{ end }}"
        #expect(try prompt(whole, talk) { $0.tools = (try? [Tool(weather)]) ?? [] } == text)
    }

    @Test func choicesOfAPropertyAreProperties() throws {
        let json: JSONValue = [
            "function": [
                "name": "f",
                "parameters": [
                    "type": "object",
                    "properties": [
                        "a": ["anyOf": [["type": "string"], ["type": ["null", "integer"]]]]
                    ],
                ],
            ]
        ]
        let source =
            "{{ range .Messages }}{{ end }}{{ range .Tools }}"
            + "{{ range .Function.Parameters.Properties }}{{ .Type }}"
            + "{{ range .AnyOf }}{{ .Type }}/{{ .ToTypeScriptType }};{{ end }}{{ json .AnyOf }}"
            + "{{ end }}{{ end }}"
        #expect(
            try prompt(source, talk) { $0.tools = (try? [Tool(json)]) ?? [] }
                == "string/string;[null integer]/null | number;"
                + #"[{"type":"string"},{"type":["null","integer"]}]"#
        )
    }

    @Test func listsOfToolsAreJSONInEveryWayAndNilWithoutAny() throws {
        let source =
            "{{ range .Messages }}{{ end }}{{ .Tools }}{{ json .Tools }}{{ printf \"%s\" .Tools }}"
            + "{{ eq .Tools nil }}{{ if .Tools }}{{ slice .Tools 1 }}{{ end }}"
        #expect(try prompt(source, talk) == "nullnullnulltrue")
        let tools = try ["a", "b"].map { name in
            try Tool(["function": ["name": .string(name), "parameters": [:]]])
        }
        let one = #"{"function":{"name":"a","parameters":{}}}"#
        let list = "[\(one),\(#"{"function":{"name":"b","parameters":{}}}"#)]"
        #expect(
            try prompt(source, talk) { $0.tools = tools }.hasPrefix("\(list)\(list)\(list)false[")
        )
    }

    @Test func messagesWithoutCallsHaveNone() throws {
        var answer = ChatMessage(role: "assistant", content: "")
        answer.toolCalls = [.init(name: "f", arguments: [:])]
        let source =
            "{{ range .Messages }}{{ ne .ToolCalls nil }}{{ eq .ToolCalls nil }}{{ .Images }};"
            + "{{ end }}"
        #expect(
            try prompt(source, [ChatMessage(role: "user", content: "x"), answer])
                == "falsetrue[];truefalse[];"
        )
    }

    // MARK: Large ones

    @Test func longConversationsTakeAsLongAsTheyAre() throws {
        let messages = (0..<10_000).map {
            ChatMessage(role: $0.isMultiple(of: 2) ? "user" : "assistant", content: "text \($0)")
        }
        let source =
            "{{ range $i, $m := .Messages }}{{ $last := eq (len (slice $.Messages $i)) 1 }}"
            + "{{ if $last }}last {{ end }}{{ .Content }}{{ end }}"
        let clock = ContinuousClock()
        var text = ""
        let time = try clock.measure { text = try prompt(source, messages) }
        #expect(text.hasSuffix("last text 9999"))
        #expect(time < .seconds(10))
    }

    @Test func manyNeighboursOfOneRoleTakeAsLongAsTheyAre() throws {
        let messages = (0..<20_000).map { _ in
            ChatMessage(role: "user", content: String(repeating: "a", count: 100))
        }
        let time = try ContinuousClock().measure {
            let text = try prompt("{{ range .Messages }}{{ .Content }}{{ end }}", messages)
            #expect(text.utf8.count == 20_000 * 102 - 2)
        }
        #expect(time < .seconds(10))
    }

    @Test func toolsOfManyMembersTakeAsLongAsTheyAre() throws {
        let members = (0..<20_000).map { "\"m\($0)\":{\"type\":\"string\"}" }.joined(separator: ",")
        let text =
            #"{"function":{"name":"f","parameters":{"properties":{\#(members)},\#(members)}}}"#
        let json = try JSONValue(parsing: text.utf8)
        let source = "{{ range .Messages }}{{ end }}{{ range .Tools }}{{ json . }}{{ end }}"
        let time = try ContinuousClock().measure {
            let tool = try Tool(json)
            #expect(tool.arguments.count == 20_000)
            let prompt = try prompt(source, talk) { $0.tools = [tool] }
            #expect(prompt.utf8.count > 500_000)
        }
        #expect(time < .seconds(20))
    }

    @Test func allTurnsShareOneBudget() throws {
        var limits = GoTemplateLimits()
        limits.bytes = 100
        let template = try PromptTemplate("{{ .Prompt }}{{ .Response }}0123456789", limits: limits)
        let turn = [
            ChatMessage(role: "user", content: "u"), ChatMessage(role: "assistant", content: "a"),
        ]
        #expect(try template.prompt(for: Conversation(turn + turn)).utf8.count == 14)
        let many = Conversation((0..<20).flatMap { _ in turn })
        #expect(throws: GoTemplateError.self) { try template.prompt(for: many) }
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
            "{{ range .Messages }}{{ if and $.IsThinkSet .Thinking }}<think>\n{{ .Thinking }}\n"
            + "</think>{{ end }}{{ .Content }}{{ end }}"
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
