import JSON
import LanguagePipeline
import Testing

/// Answers of the doors, piece by piece and as a whole.
struct AnswerShapeTests {
    private static func piece(_ content: String = "", thinking: String = "") -> GenerationPiece {
        var piece = GenerationPiece()
        piece.content = content
        piece.thinking = thinking
        return piece
    }

    private static let call: GenerationPiece = {
        var piece = GenerationPiece()
        piece.calls = [
            ChatMessage.ToolCall(name: "f", arguments: ["z": 1, "a": 2], index: 0, id: "c1")
        ]
        return piece
    }()

    private static func figures(_ reason: GenerationEnd.Reason = .stop) -> AnswerFigures {
        var figures = AnswerFigures()
        figures.end.promptTokens = 10
        figures.end.cachedTokens = 4
        figures.end.generatedTokens = 3
        figures.end.reason = reason
        return figures
    }

    /// The data of a stream's events, with their names.
    private func events(_ bytes: [UInt8]) -> [(name: String?, data: JSONValue?)] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n\n").map { event in
            var name: String?
            var data: JSONValue?
            for line in event.split(separator: "\n") {
                if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") {
                    data = try? JSONValue(parsing: line.dropFirst(6).utf8)
                }
            }
            return (name, data)
        }
    }

    private func stream(_ shape: some AnswerShape, _ pieces: [GenerationPiece]) -> [UInt8] {
        var shape = shape
        var bytes: [UInt8] = []
        for piece in pieces { bytes += shape.piece(piece, of: 0, Self.figures()) { "" } }
        return bytes + shape.end(of: 0, Self.figures()) { "" } + shape.finish()
    }

    private func chat(_ more: String = "") throws -> ChatCompletionShape {
        let json = #"{"model":"m","messages":[{"role":"user","content":"x"}]\#(more)}"#
        let request = try ChatCompletionRequest(JSONValue(parsing: json.utf8))
        return ChatCompletionShape(id: "chatcmpl-1", model: "m\"", created: 5, request)
    }

    @Test func aChatStreamsItsTextWhateverIsInIt() throws {
        let texts = ["a", "\"\\\n", "é🙂", ""]
        let usage = #","stream":true,"stream_options":{"include_usage":true}"#
        for more in ["", usage] {
            let shape = try chat(more)
            let bytes = stream(shape, texts.map { Self.piece($0) })
            let chunks = events(bytes).compactMap(\.data)
            #expect(bytes.suffix(14).elementsEqual("data: [DONE]\n\n".utf8))
            let deltas = chunks.compactMap { $0["choices"]?.arrayValue?.first?["delta"] }
            #expect(deltas.first?["role"] == "assistant")
            let said = deltas.compactMap { $0["content"]?.stringValue }.joined()
            #expect(said == texts.joined())
            #expect(chunks.allSatisfy { $0["model"] == "m\"" && $0["id"] == "chatcmpl-1" })
            #expect(chunks.allSatisfy { ($0["usage"] != nil) == !more.isEmpty })
            if !more.isEmpty {
                let told = try #require(chunks.last?["usage"])
                #expect(told["total_tokens"] == 13)
                #expect(told["prompt_tokens_details"]?["cached_tokens"] == 4)
                #expect(chunks.last?["choices"] == [])
            }
        }
    }

    @Test func aCallKeepsTheOrderOfItsArguments() throws {
        var shape = try chat()
        let whole = shape.whole([AnswerChoice(Self.call, Self.figures())]) { "" }
        let choice = try JSONValue(parsing: whole)["choices"]?.arrayValue?.first
        #expect(choice?["finish_reason"] == "tool_calls")
        #expect(choice?["message"]?["content"] == .null)
        let call = choice?["message"]?["tool_calls"]?.arrayValue?.first
        #expect(call?["function"]?["arguments"] == #"{"z":1,"a":2}"#)
    }

    @Test func anAnswerAtItsLimitSaysSo() throws {
        var shape = try chat()
        let whole = shape.whole([AnswerChoice(Self.call, Self.figures(.length))]) { "" }
        let choice = try JSONValue(parsing: whole)["choices"]?.arrayValue?.first
        #expect(choice?["finish_reason"] == "length")
    }

    @Test func blocksOfAMessageFollowEachOther() {
        let pieces = [
            Self.piece(thinking: "h"), Self.piece(thinking: "m"), Self.piece("a"),
            Self.piece("b"), Self.call, Self.piece("c"),
        ]
        let told = events(stream(MessagesShape(id: "msg_1", model: "m"), pieces))
        #expect(told.allSatisfy { $0.name == $0.data?["type"]?.stringValue })
        var open: Int?
        var next = 0
        for event in told {
            let index = event.data?["index"]?.integerValue
            switch event.name {
            case "content_block_start":
                #expect(open == nil && index == next)
                open = index
                next += 1
            case "content_block_delta": #expect(index == open)
            case "content_block_stop":
                #expect(index == open)
                open = nil
            default: #expect(index == nil)
            }
        }
        #expect(open == nil && next == 4)
        let usage = told.dropLast().last?.data?["usage"]
        #expect(usage?["input_tokens"] == 6 && usage?["cache_read_input_tokens"] == 4)
        #expect(told.dropLast().last?.data?["delta"]?["stop_reason"] == "tool_use")
        #expect(told.last?.name == "message_stop")
    }

    @Test func aMessageTellsTheTextThatEndedIt() throws {
        var shape = MessagesShape(id: "msg_1", model: "m")
        var figures = Self.figures()
        figures.end.stopWord = "END"
        let whole = shape.whole([AnswerChoice(Self.piece("a"), figures)]) { "" }
        let message = try JSONValue(parsing: whole)
        #expect(message["stop_reason"] == "stop_sequence" && message["stop_sequence"] == "END")
    }

    @Test func aResponseIsTheSameStreamedAndAtOnce() throws {
        let json = #"{"model":"m","input":"x","metadata":{"a":"b"}}"#
        let request = try ResponsesRequest(JSONValue(parsing: json.utf8))
        func shape() -> ResponsesShape {
            ResponsesShape(id: "resp_1", model: "m", created: 5, request, isKept: true)
        }
        var all = Self.piece("ab", thinking: "hm")
        all.calls = Self.call.calls
        var once = shape()
        let whole = once.whole([AnswerChoice(all, Self.figures())]) { "" }
        let pieces = [
            Self.piece(thinking: "h"), Self.piece(thinking: "m"), Self.piece("a"),
            Self.piece("b"), Self.call,
        ]
        let told = events(stream(shape(), pieces))
        #expect(try told.last?.data?["response"] == JSONValue(parsing: whole))
        #expect(told.map { $0.data?["sequence_number"] } == told.indices.map { JSONValue($0) })
        let items = told.last?.data?["response"]?["output"]?.arrayValue ?? []
        #expect(
            items.map { $0["type"] } == ["reasoning", "message", "function_call"]
        )
        #expect(Set(items.compactMap { $0["id"]?.stringValue }).count == 3)
    }
}
