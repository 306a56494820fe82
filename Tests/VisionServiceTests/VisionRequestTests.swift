import JSON
import LanguagePipeline
import Testing

@testable import VisionService

/// Requests of chats and analyses, before any picture is looked at.
struct VisionRequestTests {
    private let rules: VisionRules = {
        var rules = VisionRules()
        rules.mostPictures = 2
        return rules
    }()

    private func chat(_ content: JSONValue, _ more: JSONObject = [:]) throws -> VisionRequest {
        var object: JSONObject = [
            "model": "m", "messages": [["role": "user", "content": content]],
        ]
        for (name, value) in more.members { object[name] = value }
        return try VisionRequest(.object(object), rules: rules)
    }

    private func analyze(_ members: JSONObject) throws -> AnalyzeRequest {
        try AnalyzeRequest(.object(members), model: "m", mostPictures: 3, rules: rules)
    }

    @Test func picturesAreTakenOutInOrderAndPutBack() throws {
        let request = try chat([
            ["type": "text", "text": "one"],
            ["type": "image", "data": "Zmlyc3Q="],
            ["type": "input_text", "text": "two"],
            ["type": "image_url", "image_url": ["url": "https://example.org/x"]],
        ])
        #expect(
            request.pictures.map(\.field) == ["messages[0].content[1]", "messages[0].content[3]"]
        )
        var wish = request.chat.conversation
        #expect(wish.messages.map(\.message.content) == ["one\ntwo"])
        #expect(wish.messages[0].images.map(\.string) == ["", ""])
        wish.fill([JSONText("a"), JSONText("b")])
        #expect(wish.messages[0].images.map(\.string) == ["a", "b"])
        // Each stands behind the text that comes before it.
        #expect(wish.messages[0].places == [3, 7])
        let body = EngineBody.message(
            wish.messages[0].message,
            images: ["A", "B"],
            places: wish.messages[0].places
        )
        let parts = body["content"]?.arrayValue ?? []
        #expect(parts.map { $0["text"] ?? $0["image_url"]?["url"] } == ["one", "A", "two", "B"])
    }

    @Test func picturesWithoutPlacesComeFirst() {
        let message = ChatMessage(role: "user", content: "text")
        let parts = EngineBody.message(message, images: ["A", "B"])["content"]?.arrayValue ?? []
        #expect(parts.map { $0["text"] ?? $0["image_url"]?["url"] } == ["A", "B", "text"])
    }

    @Test(
        arguments: [
            [["type": "video"]], [["text": "x"]], [7], [["type": "image"]],
            [
                ["type": "image", "data": "a"], ["type": "image", "data": "a"],
                ["type": "image", "data": "a"],
            ],
        ] as [JSONValue]
    )
    func partsThatCannotBe(_ content: JSONValue) {
        #expect(throws: (any Error).self) { try chat(content) }
    }

    @Test(
        arguments: [["max_tokens": 513], ["max_tokens": 0], ["options": ["num_predict": -1]]]
            as [JSONObject]
    )
    func limitsOfTokens(_ more: JSONObject) {
        #expect(throws: (any Error).self) { try chat("x", more) }
    }

    @Test func theModelsOwnLimitIsHeldBelowTheServices() throws {
        for (own, expected) in [(-1, 512), (9000, 512), (7, 7)] {
            var wish = try chat("x").chat.conversation
            VisionRequest.limit(&wish, own: own, rules)
            #expect(wish.common.options.integer("num_predict") == expected)
        }
        var wish = try chat("x", ["max_tokens": 5]).chat.conversation
        VisionRequest.limit(&wish, own: 7, rules)
        #expect(wish.common.options.integer("num_predict") == 5)
    }

    @Test func analysesKeepWhatIsWrongWithOnePicture() throws {
        let request = try analyze(["images": ["a", 7, "file:///x"], "prompt": "p", "top_k": 1])
        #expect(request.isIndividual)
        #expect(request.items.map { (try? $0.get()) != nil } == [true, false, false])
        #expect(request.wish.messages.map(\.images.count) == [1])
        #expect(request.wish.messages[0].message.content == "p")
    }

    @Test func analysesOfAllAtOnceHaveAPlaceForEach() throws {
        let request = try analyze([
            "images": ["a", "b"], "prompt": "p", "system": "s", "return_individual_results": false,
        ])
        #expect(!request.isIndividual)
        #expect(request.wish.messages.map(\.message.role) == ["system", "user"])
        #expect(request.wish.messages.map(\.images.count) == [0, 2])
    }

    @Test(
        arguments: [
            [:], ["images": ["a"]], ["prompt": "p"], ["images": [], "prompt": "p"],
            ["images": ["a", "a", "a", "a"], "prompt": "p"],
            ["images": ["a"], "prompt": "p", "stream": true],
            ["images": ["a"], "prompt": "p", "n": 2],
            ["images": ["a", "a", "a"], "prompt": "p", "return_individual_results": false],
        ] as [JSONObject]
    )
    func analysesThatMakeNoSense(_ members: JSONObject) {
        #expect(throws: (any Error).self) { try analyze(members) }
    }
}
