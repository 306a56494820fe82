import JSON
import LanguagePipeline
import Randomness
import Testing

/// The short way to the text of an event, against the long one.
struct ChatEventsTests {
    private static let frame = (
        start: "{\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{",
        end: "}}],\"created\":1763,\"id\":\"chatcmpl-1\",\"model\":\"m\",\"object\":\"chunk\"}"
    )

    private func plain(_ event: String) -> String? {
        ChatEvents.plainText(Array(event.utf8)[...])
    }

    @Test(arguments: [
        "", " the", "a\\nb", "\\\"quoted\\\" \\\\", "é", "\\u00e9\\ud83d\\ude00", "}]}", "🙂,\\t",
    ]) func readsTheTextThatTheLongWayReads(_ text: String) throws {
        let event = "\(Self.frame.start)\"content\":\"\(text)\"\(Self.frame.end)"
        var events = ChatEvents()
        let long = try events.take(JSONValue(parsing: event.utf8))
        #expect(plain(event) == long.content)
        #expect(long.thinking.isEmpty && long.calls.isEmpty && events.end == nil)
    }

    @Test func readsSpacesBetweenAll() {
        #expect(
            plain(" { \"choices\" : [ { \"delta\" : { \"content\" : \"x\" } } ] , \"a\" : 1.5 } ")
                == "x"
        )
    }

    @Test(arguments: [
        // More than text.
        "\(frame.start)\"role\":\"assistant\",\"content\":null\(frame.end)",
        "\(frame.start)\"content\":\"x\",\"reasoning_content\":\"y\"\(frame.end)",
        "\(frame.start)\"reasoning_content\":\"y\"\(frame.end)",
        "\(frame.start)\"tool_calls\":[]\(frame.end)",
        "\(frame.start)\(frame.end)",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"},\"logprobs\":{\"content\":[]}}]}",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"}},{\"delta\":{\"content\":\"y\"}}]}",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\":{\"total_tokens\":1}}",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"timings\":{}}",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"error\":\"y\"}",
        "{\"choices\":[]}", "{}", "[]", "null", "",
        // Malformed.
        "{\"choices\":[{\"delta\":{\"content\":\"x\"}}]",
        "{\"choices\":[{\"delta\":{\"content\":\"x",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"}}],}", "{\"a\" 1}", "{\"a\":1 \"b\":2}",
        "{\"choices\":[{\"delta\":{\"content\":\"x\"}}]} x",
        "{\"choices\":[{\"delta\":{\"content\":\"\\ud800\"}}]}",
        "{\"choices\":[{\"delta\":{\"content\":\"x\" \"a\":1}}]}",
    ]) func leavesEverythingElseToTheLongWay(_ event: String) {
        #expect(plain(event) == nil)
    }

    @Test func neverReadsMoreOfDamagedEventsThanTheLongWay() {
        var generator = SeededGenerator(seed: 5)
        let whole = Array("\(Self.frame.start)\"content\":\"x \\n y\"\(Self.frame.end)".utf8)
        for _ in 0..<20_000 {
            var event = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: event.indices, using: &generator)
                event[place] = "{}[]\",:\\ 1nx".utf8.randomElement(using: &generator) ?? 0
            }
            guard let text = ChatEvents.plainText(event[...]) else { continue }
            // Numbers and names that occur twice are the engine's business; the text is not.
            guard let value = try? JSONValue(parsing: event) else { continue }
            let delta = value["choices"]?.arrayValue?.first?["delta"]
            #expect(
                delta?["content"]?.stringValue == text,
                "\(String(decoding: event, as: UTF8.self))"
            )
        }
    }
}
