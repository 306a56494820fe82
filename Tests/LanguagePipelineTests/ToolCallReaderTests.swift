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
}

@Suite struct StreamFilterTests {
    private static func pieces(_ text: String, of size: Int) -> [String] {
        let scalars = Array(text.unicodeScalars)
        return stride(from: 0, to: scalars.count, by: size).map { start in
            var piece = String.UnicodeScalarView()
            piece.append(contentsOf: scalars[start..<min(start + size, scalars.count)])
            return String(piece)
        }
    }

    @Test(
        arguments: [
            (["<end>"], "hello<end>more", "hello", "<end>"), (["<end>"], "a<en b<", "a<en b<", nil),
            (["\n\n", "User:"], "one\ntwo User: x", "one\ntwo ", "User:"), ([], "any", "any", nil),
            ([""], "any", "any", nil), (["aab"], "aaaab", "aa", "aab"),
            (["é", "日本"], "x日y日本", "x日y", "日本"),
            (["stop", "stopped"], "a stopped", "a ", "stop"),
        ] as [([String], String, String, String?)]
    )
    func stopTextsNeverLeak(stops: [String], text: String, shown: String, stop: String?) {
        for size in 1...max(text.unicodeScalars.count, 1) {
            var filter = StopFilter(stops)
            var seen = ""
            for piece in Self.pieces(text, of: size) {
                seen += filter.add(piece)
                #expect(shown.utf8.starts(with: seen.utf8), "pieces of \(size)")
            }
            seen += filter.finish()
            #expect(seen == shown, "pieces of \(size)")
            #expect(filter.stopped?.utf8.starts(with: (stop ?? "").utf8) == stop.map { _ in true })
        }
    }

    @Test(arguments: [
        ("<think>\n hm </think>\n\n answer", false, "hm ", "answer"),
        ("  <think>a</think>b", false, "a", "b"), ("no thoughts", false, "", "no thoughts"),
        (" <thin king", false, "", " <thin king"), ("a</think> b", true, "a", "b"),
        ("<think>never closed </th", false, "never closed </th", ""), ("", false, "", ""),
        ("<think></think>x", false, "", "x"), ("x<think>a</think>", false, "", "x<think>a</think>"),
    ])
    func thoughtsAreToldFromAnswers(
        text: String,
        isOpen: Bool,
        thinking: String,
        content: String
    ) {
        for size in 1...max(text.unicodeScalars.count, 1) {
            var splitter = ThinkingSplitter(("<think>", "</think>"), isOpen: isOpen)
            var seen = ThinkingSplitter.Pieces()
            for piece in Self.pieces(text, of: size).map({ splitter.add($0) }) + [splitter.finish()]
            {
                seen.thinking += piece.thinking
                seen.content += piece.content
            }
            #expect(seen.thinking == thinking, "pieces of \(size)")
            #expect(seen.content == content, "pieces of \(size)")
        }
    }
}
