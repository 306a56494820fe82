import JSON
import Testing

@testable import LanguagePipeline

/// Where pictures stand in prompts that templates make.
@Suite struct PromptPicturesTests {
    private static let marker = "<__media_q7__>"

    private func entry(
        _ text: String,
        _ pictures: [String] = [],
        at places: [Int] = [],
        role: String = "user"
    ) -> ChatRequest.Message {
        var message = ChatMessage(role: role, content: text)
        message.images = pictures.count
        return ChatRequest.Message(message, images: pictures.map { JSONText($0) }, places: places)
    }

    /// What the engine is given, with `*` for its markers.
    private func filled(
        _ entries: [ChatRequest.Message],
        _ template: String = "{{ range .Messages }}<{{ .Content }}>{{ end }}"
    ) throws -> (text: String, pictures: [String]) {
        var entries = entries
        let pictures = try #require(PromptPictures(marking: &entries))
        let conversation = Conversation(entries.map(\.message))
        let prompt = try PromptTemplate(template).prompt(for: conversation)
        let (text, shown) = pictures.filled(prompt, with: Self.marker)
        return (Self.starred(text), shown.map(\.string))
    }

    private static func starred(_ text: String) -> String {
        var rest = text[...]
        var result = ""
        while let place = rest.firstRange(of: marker) {
            result += rest[..<place.lowerBound] + "*"
            rest = rest[place.upperBound...]
        }
        return result + rest
    }

    @Test func withoutPicturesThereIsNothingToMark() {
        var entries = [entry("[img] [img-0]")]
        #expect(PromptPictures(marking: &entries) == nil)
        #expect(entries[0].message.content == "[img] [img-0]")
    }

    @Test func theyStandInFrontOfTheirMessage() throws {
        let talk = [
            entry("one", ["a"]), entry("two", role: "assistant"), entry("three", ["b", "c"]),
        ]
        let (text, pictures) = try filled(talk)
        #expect(text == "<*one><two><**three>")
        #expect(pictures == ["a", "b", "c"])
    }

    @Test(arguments: [
        ("a [img] b", "*a * b", "yx"), ("a [img] b [img]", "a * b *", "xy"),
        ("a [img-1] b [img-0]", "a * b *", "yx"), ("a [img-1] b [img]", "a * b *", "yx"),
        ("[img-1] [img-1]", "** [img-1]", "xy"), ("[img] [img] [img]", "* * [img]", "xy"),
        ("[img-2] [img-] [img-0 [img0]", "**[img-2] [img-] [img-0 [img0]", "xy"),
        ("[img-99999999999999999999]", "**[img-99999999999999999999]", "xy"),
        ("[img[img-0]", "*[img*", "yx"), ("", "**", "xy"),
    ]) func textsNamePlaces(_ text: String, _ expected: String, _ order: String) throws {
        let (prompt, pictures) = try filled([entry(text, ["x", "y"])])
        #expect(prompt == "<\(expected)>")
        #expect(pictures.joined() == order)
    }

    @Test func aTextNamesPlacesOfItsOwnPicturesOnly() throws {
        let talk = [
            entry("see [img-1]", ["a"]), entry("ok", role: "assistant"), entry("[img-1]!", ["b"]),
        ]
        let (text, pictures) = try filled(talk)
        #expect(text == "<*see [img-1]><ok><*!>")
        #expect(pictures == ["a", "b"])
    }

    @Test func partsKeepTheirPlaces() throws {
        let (text, pictures) = try filled([entry("[img] A\nB", ["a", "b"], at: [7, 9])])
        #expect(text == "<[img] A*B*>")
        #expect(pictures == ["a", "b"])
    }

    @Test func theEnginesMarkerInATextIsNone() throws {
        let forged = "x \(Self.marker)\u{301}\(Self.marker) <__media_\(Self.marker)"
        let (text, pictures) = try filled([entry(forged, ["a"])])
        let broken = "< __media_q7__>"
        #expect(text == "<*x \(broken)\u{301}\(broken) <__media_\(broken)>")
        #expect(pictures == ["a"])
    }

    @Test func aMarkCannotBeKnownBeforehand() {
        var (one, other) = ([entry("", ["a"])], [entry("", ["a"])])
        #expect(PromptPictures(marking: &one) != nil)
        #expect(PromptPictures(marking: &other) != nil)
        #expect(one[0].message.content != other[0].message.content)
    }

    @Test(arguments: [
        "{{ range .Messages }}<{{ json .Content }}>{{ end }}",
        "{{ range .Messages }}<{{ html .Content | js | urlquery | printf \"%q\" }}>{{ end }}",
    ]) func functionsOfTemplatesLeaveThemAlone(_ template: String) throws {
        let (text, pictures) = try filled([entry("", ["a", "b"])], template)
        #expect(text == "<\"**\">")
        #expect(pictures == ["a", "b"])
    }

    @Test func olderTemplatesHaveThemInTheirTurn() throws {
        let talk = [entry("one", ["a"]), entry("two", role: "assistant"), entry("three", ["b"])]
        let (text, pictures) = try filled(talk, "U:{{ .Prompt }} A:{{ .Response }};")
        #expect(text == "U:*one A:two;U:*three A:")
        #expect(pictures == ["a", "b"])
    }

    @Test func whatIsShownTwiceIsSentTwice() throws {
        let template = "{{ range .Messages }}{{ .Content }}{{ .Content }}{{ end }}"
        let (text, pictures) = try filled([entry("!", ["a"])], template)
        #expect(text == "*!*!")
        #expect(pictures == ["a", "a"])
    }

    @Test func whatATemplateLeavesOutIsNoticed() throws {
        var talk = [entry("one", ["a"], role: "tool"), entry("two", ["b"])]
        let pictures = try #require(PromptPictures(marking: &talk))
        let messages = talk.map(\.message)
        func areAll(_ template: String, _ messages: [ChatMessage]) throws -> Bool {
            let prompt = try PromptTemplate(template).prompt(for: Conversation(messages))
            return pictures.areAll(in: prompt, of: messages)
        }
        let users =
            "{{ range .Messages }}{{ if eq .Role \"user\" }}{{ .Content }}{{ end }}{{ end }}"
        #expect(try areAll("{{ range .Messages }}{{ .Content }}{{ end }}", messages))
        #expect(try !areAll(users, messages))
        // A message that the conversation has lost is not missed.
        #expect(try areAll(users, [messages[1]]))
    }

    @Test func peopleSeeNumbers() throws {
        var talk = [entry("one", ["a"]), entry("two", ["b"], role: "tool")]
        let pictures = try #require(PromptPictures(marking: &talk))
        let (text, count) = pictures.shown(talk.map(\.message.content).joined(separator: "|"))
        #expect(text == "[img-0]one|[img-1]two")
        #expect(count == 2)
        let engine = PromptPictures.shown("a\(Self.marker)b\(Self.marker)", marker: Self.marker)
        #expect(engine.text == "a[img-0]b[img-1]")
        #expect(engine.pictures == 2)
    }

    @Test func theEngineIsGivenThemBesideThePrompt() {
        let body = EngineBody.completion(
            [:],
            prompt: "<m>?",
            pictures: [JSONText("QUJD")],
            format: .free,
            probabilities: nil
        )
        #expect(body["prompt"] == ["prompt_string": "<m>?", "multimodal_data": ["QUJD"]])
    }
}
