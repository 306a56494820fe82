import JSON
import Testing

@testable import LanguagePipeline

@Suite struct ToolCallReaderTests {
    private func tool(_ name: String) throws -> Tool {
        try Tool(["type": "function", "function": ["name": .string(name)]])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let tag: String
        let text: String
        let content: String
        let calls: [String]

        var testDescription: String { text }

        init(_ tag: String, _ text: String, _ content: String, _ calls: String...) {
            (self.tag, self.text, self.content, self.calls) = (tag, text, content, calls)
        }
    }

    static let cases: [Case] = [
        Case("{", "no call at all", "no call at all"),
        Case("{", #"{"name": "add", "arguments": {"b": 1, "a": 2}}"#, "", #"add{"b":1,"a":2}"#),
        Case("{", #"Well: {"name": "add", "parameters": {}}"#, "Well: ", "add{}"),
        Case("{", #"{"name": "add"}"#, "", "add{}"),
        Case("{", #"{"name": "sub", "arguments": {}}"#, #"{"name": "sub", "arguments": {}}"#),
        Case(
            "{",
            #"code { x } and {"name":"add","arguments":{"a":"}\"{"}}"#,
            "code { x } and ",
            #"add{"a":"}\"{"}"#
        ),
        Case("{", "an open { brace", "an open { brace"),
        Case("{", #"{"function":{"name":"add","arguments":"{\"a\":1}"}}"#, "", #"add{"a":1}"#),
        Case(
            "[",
            #"[{"name":"add","arguments":{"a":1}},{"name":"added","arguments":{}}]"#,
            "",
            #"add{"a":1}"#,
            "added{}"
        ),
        Case("[", "see [1] and [2]", "see [1] and [2]"),
        Case(
            "<tool_call>",
            "<tool_call>\n{\"name\":\"add\",\"arguments\":{\"a\":1}}\n</tool_call>\n"
                + "<tool_call>{\"name\":\"added\",\"arguments\":{}}</tool_call>",
            "",
            #"add{"a":1}"#,
            "added{}"
        ),
        Case("<tool_call>", "a < b <tool", "a < b <tool"),
        Case("<tool_call>", "x<tool_call>nothing", "x<tool_call>nothing"),
        Case("<tool_call>", #"{"name":"add","arguments":{}}"#, #"{"name":"add","arguments":{}}"#),
        Case("[TOOL_CALLS]", #"[TOOL_CALLS]added{"a":1}"#, "", #"added{"a":1}"#),
        Case(
            "[TOOL_CALLS]",
            #"[TOOL_CALLS] [{"name": "add", "arguments": {"a": 1}}]"#,
            "",
            #"add{"a":1}"#
        ),
        Case("<function=", #"<function=add>{"a":"é"}</function> and more"#, "", #"add{"a":"é"}"#),
        // Lists and what follows them.
        Case(
            "[TOOL_CALLS]",
            #"[TOOL_CALLS] [{"name":"add"}] [TOOL_CALLS] [{"name":"added"}]"#,
            "",
            "add{}",
            "added{}"
        ),
        Case("[", #"[{"name":"add"}]\#n[{"name":"added"}]"#, "", "add{}", "added{}"),
        Case("[", #"see [1] [{"x":1},{"name":"add"}]"#, "see [1] ", "add{}"),
        Case("[", #"[{"x":1}] or [{"x":[]}, {"y":2}] so"#, #"[{"x":1}] or [{"x":[]}, {"y":2}] so"#),
        Case("[", #"[[{"name":"add"}]]"#, "[", "add{}"), Case("[", "[{x}] [", "[{x}] ["),
        Case("[", #"[see {"name":"add"}"#, #"[see {"name":"add"}"#),
        // Names before their arguments.
        Case(
            "[TOOL_CALLS]",
            #"[TOOL_CALLS]add[ARGS]{"a":1}[TOOL_CALLS]added[ARGS]{"a":2}"#,
            "",
            #"add{"a":1}"#,
            #"added{"a":2}"#
        ),
        Case(
            "<tool>",
            #"<tool>add {"a":1}</tool> To add more, say {"a":2} and sadd{"a":3} or add to {"a":4}"#,
            "",
            #"add{"a":1}"#
        ),
        Case(
            "<function=",
            #"<function=add>{"a":1}</function>\#n<function=added>{"a":2}</function>"#,
            "",
            #"add{"a":1}"#,
            #"added{"a":2}"#
        ),
        Case("<tool>", #"<tool><f=sadd>{"a":1}"#, #"<tool><f=sadd>{"a":1}"#),
        Case("<tool>", #"<tool>I would add {"a":1}"#, #"<tool>I would add {"a":1}"#),
        Case("{", #"{"name":"add"} then add {"a":2}, {"name":"added"}"#, "", "add{}", "added{}"),
        // Arguments and names in other places.
        Case("{", #"{"name":"add","arguments":null}"#, "", "add{}"),
        Case("{", #"{"name":"add","arguments":" "}"#, "", "add{}"),
        Case("{", #"{"name":"add","arguments":""}"#, "", "add{}"),
        Case("{", #"{"name":"add","arguments":1} x"#, #"{"name":"add","arguments":1} x"#),
        Case("{", #"{"tool_name":"add","parameters":{"a":1}}"#, "", #"add{"a":1}"#),
        Case(
            "{",
            #"{"tool_calls":[{"type":"function","function":{"name":"add"}},{"name":"added"}]}"#,
            "",
            "add{}",
            "added{}"
        ),
        Case("{", #"{"add":{"a":1}}"#, "", #"add{"a":1}"#),
        Case("{", #"{"add":{"a":1},"added":{}}"#, "", #"add{"a":1}"#, "added{}"),
        Case("{", #"{"add":{},"other":{}}"#, #"{"add":{},"other":{}}"#),
        // Not quite JSON.
        Case(
            "{",
            #"{"name":"add","arguments":{"a":123456789012345678901}}"#,
            "",
            #"add{"a":1.2345678901234568e+20}"#
        ),
        Case("{", #"{"name":"add","arguments":{"a":1,"a":2}}"#, "", #"add{"a":2}"#),
        Case("{", "{\"name\":\"add\",\"arguments\":{\"a\":\"x\ny\"}}", "", #"add{"a":"x\ny"}"#),
        // Prose that begins like a call.
        Case("{", #"{ a } and {"b" c} {"d": e f} {"#, #"{ a } and {"b" c} {"d": e f} {"#),
        Case("{", #"{{"name":"add"}"#, "{", "add{}"),
        Case("{", #"{"a" {"name":"add"}"#, #"{"a" "#, "add{}"),
        Case("{", #"{"a": {"b" {"name":"add"}"#, #"{"a": {"b" "#, "add{}"),
        Case("<tool>", #"<tool>{"a" b {"name":"add"}"#, "", "add{}"),
    ]

    /// However the stream is cut, the same comes out of it.
    @Test(arguments: cases)
    func findsCallsAndGivesBackText(given: Case) throws {
        let tools = [try tool("add"), try tool("added")]
        let bytes = Array(given.text.unicodeScalars)
        for size in 1...max(bytes.count, 1) {
            var reader = ToolCallReader(tag: given.tag, tools: tools)
            var content = ""
            var calls: [ChatMessage.ToolCall] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                var piece = String.UnicodeScalarView()
                piece.append(contentsOf: bytes[start..<min(start + size, bytes.count)])
                let pieces = reader.add(String(piece))
                content += pieces.content
                calls += pieces.calls
            }
            content += reader.finish()
            let words = calls.map {
                $0.name + String(decoding: JSONValue.object($0.arguments).serialized, as: UTF8.self)
            }
            #expect(content == given.content, "pieces of \(size)")
            #expect(words == given.calls, "pieces of \(size)")
            #expect(calls.map(\.index) == Array(0..<calls.count))
        }
    }

    /// Prose is not kept back once it cannot be a call.
    @Test(arguments: [
        ("{", "{ is a brace"), ("{", #"{"quoted" text"#), ("{", #"{"a": two words"#),
        ("[", "[see"), ("[", "[1, 2"), ("[", #"[{"a":1} x"#), ("{", "{'a': 1"),
    ])
    func proseComesOutAtOnce(tag: String, text: String) throws {
        var reader = ToolCallReader(tag: tag, tools: [try tool("add")])
        #expect(reader.add(text).content == text)
    }

    @Test func whatNeverEndsComesOutAtABound() throws {
        for tag in ["{", "[", "<tool>"] {
            var reader = ToolCallReader(tag: tag, tools: [try tool("add")])
            var content = reader.add(tag == "{" ? "{\"a" : tag == "[" ? "[{\"a" : tag).content
            let piece = String(repeating: "x", count: 1 << 12)
            for _ in 0..<300 { content += reader.add(piece).content }
            #expect(content.utf8.count > ToolCallReader.longest)
            // It goes on to look.
            let rest = reader.add(" \(tag == "<tool>" ? tag : "")[{\"name\":\"add\"}]")
            #expect(rest.calls.map(\.name) == ["add"])
        }
    }

    /// Damaged calls come to the same in one piece and in many, and text without calls comes out
    /// whole.
    @Test func damageIsHarmless() throws {
        var random = Numbers(state: 3)
        let parts = [
            "{", "}", "[", "]", "\"", ":", ",", " ", "add", "\"name\":\"add\"",
            "{\"name\":\"add\"}",
            "{\"name\":\"add\",\"arguments\":{\"a\":1}}", "<tool>", "<to", "x", "1", "\\", "\n",
            "é",
            "\"a\":", "null", "{\"a\":1}", "[{", "}]", "[1]", "{}", "add{}",
        ]
        let tools = [try tool("add")]
        var found = 0
        for _ in 0..<3000 {
            let count = Int.random(in: 1...12, using: &random)
            let text = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            for tag in ["{", "[", "<tool>"] {
                var (one, many) = (
                    ToolCallReader(tag: tag, tools: tools), ToolCallReader(tag: tag, tools: tools)
                )
                let whole = one.add(text)
                let content = whole.content + one.finish()
                var pieces = ToolCallReader.Pieces()
                for scalar in text.unicodeScalars {
                    let piece = many.add(String(scalar))
                    pieces.content += piece.content
                    pieces.calls += piece.calls
                }
                #expect(content == pieces.content + many.finish(), "\(tag) \(text)")
                #expect(whole.calls == pieces.calls, "\(tag) \(text)")
                #expect(text.utf8.starts(with: content.utf8), "\(tag) \(text)")
                if whole.calls.isEmpty { #expect(content == text, "\(tag) \(text)") }
                found += whole.calls.count
            }
        }
        #expect(found > 500)
    }

    /// Numbers that are the same each time (Knuth's linear congruential ones of MMIX).
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 33)
        }
    }

    @Test func callsOfManyMembersTakeAsLongAsTheyAre() throws {
        let members = (0..<20_000).map { "\"m\($0)\":1" }.joined(separator: ",")
        var reader = ToolCallReader(tag: "{", tools: [try tool("add")])
        let time = try ContinuousClock().measure {
            let text = #"{"name":"add","arguments":{\#(members),"m7":2}}"#
            let call = try #require(reader.add(text).calls.first)
            #expect(call.arguments.members.count == 20_000)
            #expect(call.arguments.members[7].value == 2)
        }
        #expect(time < .seconds(10))
    }

    @Test func manyObjectsThatAreNoCallsTakeAsLongAsTheyAre() throws {
        let texts = [
            String(repeating: "{} ", count: 10_000), String(repeating: "{ ", count: 10_000),
            String(repeating: "[", count: 10_000),
            String(repeating: #"{"a":"#, count: 2_000) + "x y",
            String(repeating: #"[{"a":1}]"#, count: 5_000),
        ]
        for text in texts {
            for tag in ["{", "[", "<tool>"] {
                var reader = ToolCallReader(tag: tag, tools: [try tool("add")])
                let time = ContinuousClock().measure {
                    let content = reader.add("<tool>" + text).content + reader.finish()
                    #expect(content == "<tool>" + text)
                }
                #expect(time < .seconds(20), "\(tag) \(text.prefix(9)) \(time)")
            }
        }
    }
}
