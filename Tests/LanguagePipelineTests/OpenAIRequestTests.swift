import JSON
import LanguagePipeline
import Testing

/// What OpenAI's requests are understood as, and which member is to blame where they are not.
struct OpenAIRequestTests {
    private func chat(_ members: String) throws -> ChatCompletionRequest {
        try ChatCompletionRequest(
            JSONValue(
                parsing: #"{"model":"m","messages":[{"role":"user","content":"x"}]\#(members)}"#
                    .utf8
            )
        )
    }

    private func field(_ body: () throws -> Void) -> String? {
        do {
            try body()
        } catch let refusal as Refusal {
            return refusal.field
        } catch let error as JSONFieldError {
            return error.path
        } catch {
            return "\(error)"
        }
        return nil
    }

    @Test func saysWhatSamplingIsInOllamasWords() throws {
        let wish = try chat(
            #"""
            ,"max_completion_tokens":5,"temperature":0.5,"stop":"a","seed":7,
            "logit_bias":{"3":-100,"4":2},"options":{"num_ctx":512,"max_tokens":1}
            """#
        )
        let options = wish.conversation.common.options
        #expect(options.integer("num_predict") == 5)
        #expect(options.number("temperature") == 0.5)
        #expect(options.texts("stop") == ["a"])
        #expect(options.integer("num_ctx") == 512)
        #expect(options.values["logit_bias"] == [[3, false], [4, 2.0]])
        #expect(options.unknown == ["max_tokens"])
    }

    @Test func takesTheSameThingSaidTwice() throws {
        let wish = try chat(#","max_tokens":5,"options":{"num_predict":5.0}"#)
        #expect(wish.conversation.common.options.integer("num_predict") == 5)
    }

    @Test(arguments: [
        (#","max_tokens":5,"max_completion_tokens":6"#, "max_completion_tokens"),
        (#","top_p":1,"options":{"top_p":0.5}"#, "top_p"),
        (#","reasoning_effort":"low","reasoning":{"effort":"high"}"#, "reasoning_effort"),
        (#","options":{"num_ctx":"x"}"#, "options.num_ctx"),
        (#","options":5"#, "options"), (#","n":1.5"#, "n"), (#","stream":1"#, "stream"),
        (#","logit_bias":{"-1":1}"#, "logit_bias"), (#","modalities":["audio"]"#, "modalities"),
        (#","tools":[{"type":"function"}]"#, "tools[0].function"),
        (#","response_format":{"type":"json_schema"}"#, "response_format.json_schema"),
        (#","stream_options":{}"#, "stream_options"),
    ])
    func namesTheMemberThatIsToBlame(_ members: String, _ expected: String) {
        #expect(field { _ = try chat(members) } == expected)
    }

    @Test func readsTheMessagesOfAllRoles() throws {
        let json = """
            {"model":"m","messages":[
            {"role":"developer","content":"be kind"},
            {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"},
            {"type":"image_url","image_url":"data:image/png;base64,QUJD"}]},
            {"role":"assistant","content":null,"reasoning":"hm","tool_calls":[
            {"id":"c1","type":"function","function":{"name":"f","arguments":"{\\"z\\":1,\\"a\\":2}"}}
            ]},{"role":"tool","tool_call_id":"c1","content":"7"}]}
            """
        let request = try ChatCompletionRequest(JSONValue(parsing: json.utf8))
        let messages = request.conversation.messages
        #expect(messages.map(\.message.role) == ["system", "user", "assistant", "tool"])
        #expect(messages[1].message.content == "a\nb")
        #expect(messages[1].images.map(\.string) == ["QUJD"])
        #expect(messages[2].message.thinking == "hm")
        let call = try #require(messages[2].message.toolCalls.first)
        #expect(call.arguments.members.map(\.name) == ["z", "a"])
        #expect(messages[3].message.toolName == "f")
    }

    @Test(arguments: [
        ("https://example.org/a.png", false), ("a.png", false), ("", false),
        ("data:image/png,abc", false), ("data:image/png;base64", false),
        ("data:;base64,QQ==", true), ("data:image/webp;base64,QQ==", true),
    ])
    func takesNoAddressesButDataURIs(_ address: String, _ isTaken: Bool) {
        let base64 = try? DoorPictures.base64(JSONText(address), field: "x")
        #expect((base64?.string == "QQ==") == isTaken)
    }

    @Test func choosesTools() throws {
        let tools = try ["f", "g"].map { name in
            try Tool(["type": "function", "function": ["name": .string(name)]])
        }
        #expect(try ToolChoice.auto.pick(from: tools, field: "x") == tools)
        #expect(try ToolChoice.none.pick(from: tools, field: "x").isEmpty)
        #expect(try ToolChoice.named("g").pick(from: tools, field: "x").map(\.name) == ["g"])
        for choice in [ToolChoice.named("h"), .required] {
            let given = choice == .required ? [] : tools
            #expect(throws: Refusal.self) { try choice.pick(from: given, field: "x") }
        }
        // Whatever fits the schema is read as a call.
        var reader = ToolCallReader(tag: CallForm.tag, tools: tools)
        #expect(CallForm.schema(of: tools)["anyOf"]?.arrayValue?.count == 2)
        let calls = reader.add(#"{"name":"g","arguments":{"b":1}}"#).calls
        #expect(calls == [ChatMessage.ToolCall(name: "g", arguments: ["b": 1])])
    }

    @Test func readsPromptsOfAllKinds() throws {
        func prompts(_ text: String) throws -> [CompletionRequest.Prompt] {
            let json = #"{"model":"m","prompt":\#(text)}"#
            return try CompletionRequest(JSONValue(parsing: json.utf8)).prompts
        }
        #expect(try prompts(#""a""#) == [.text("a")])
        #expect(try prompts(#"["a","b"]"#) == [.text("a"), .text("b")])
        #expect(try prompts("[1,2]") == [.tokens([1, 2])])
        #expect(try prompts(#"[[1],"a"]"#) == [.tokens([1]), .text("a")])
        for wrong in ["[]", "[[]]", "[1.5]", "[-1]", "{}", "null"] {
            #expect(field { _ = try prompts(wrong) }?.hasPrefix("prompt") == true)
        }
    }

    @Test func putsAnEarlierConversationInFront() throws {
        let json = #"{"model":"m","input":"b","instructions":"new","previous_response_id":"r"}"#
        var request = try ResponsesRequest(JSONValue(parsing: json.utf8))
        try request.converse(after: [
            ["role": "user", "content": "a"],
            ["type": "reasoning", "summary": [["type": "summary_text", "text": "hm"]]],
            ["type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"],
            ["type": "function_call_output", "call_id": "c", "output": "7"],
        ])
        let messages = request.conversation.messages.map(\.message)
        #expect(messages.map(\.role) == ["system", "user", "assistant", "tool", "user"])
        #expect(messages.map(\.content) == ["new", "a", "", "7", "b"])
        #expect(messages[2].thinking == "hm")
        #expect(messages[3].toolName == "f")
    }
}
