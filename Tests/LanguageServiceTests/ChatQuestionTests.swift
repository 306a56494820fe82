import DeviceClient
import DeviceProtocol
import HTTPService
import JSON
import LanguagePipeline
import ServiceKit
import Testing

@testable import LanguageService

/// What an engine is asked for the next message of a conversation.
struct ChatQuestionTests {
    private let store = DemoStore()
    private let history = TextJob.History(
        messages: [["role": "user", "content": "Hello."]],
        sizes: [6],
        isKept: [true]
    )

    private func job(_ parameters: JSONObject = ["n_predict": 8]) throws -> TextJob {
        let model = try store.model("aa")
        return TextJob(
            model: model,
            plan: LoadPlan(
                model,
                GenerationOptions(),
                for: .text,
                shifts: true,
                usual: LoadPlan.Usual()
            ),
            call: .chat(history),
            parameters: parameters,
            think: nil,
            format: .free,
            probabilities: nil,
            truncates: true,
            claim: try RequestClaim(
                HTTPRequest(.post, "/api/chat", id: "1"),
                usual: .interactive,
                ceiling: .interactive
            ),
            keepAlive: .forever
        )
    }

    @Test func thePlaceOfThePromptIsAddedToWhatWasMadeBefore() throws {
        let question = ChatQuestion(try job(), history)
        let free = try JSONValue(parsing: question.request(slot: nil))
        let placed = try JSONValue(parsing: question.request(slot: 3))
        #expect(free["messages"] == .array(history.messages))
        #expect(free["n_predict"] == 8)
        #expect(free["id_slot"] == nil)
        var expected = try #require(free.objectValue)
        expected["id_slot"] = 3
        #expect(placed == .object(expected))
    }

    @Test func anotherEngineIsToldWhatWasSaid() throws {
        var said = GenerationPiece()
        said.content = "Good mor"
        let question = ChatQuestion(try job(), history, after: said, generated: 3)
        let request = try JSONValue(parsing: question.request(slot: nil))
        #expect(
            request["messages"]
                == .array(history.messages + [["role": "assistant", "content": "Good mor"]])
        )
        #expect(request["n_predict"] == 5)
        #expect(question.begun.content == "Good mor")
    }

    @Test func onlyShortOnesAreMadeBeforeTheTurn() throws {
        var job = try job()
        #expect(job.isShort && job.question != nil)
        var long = history
        long.sizes = [9000]
        job.call = .chat(long)
        #expect(!job.isShort)
    }
}
