import JSON
import Testing

@testable import ModelCommands

@Suite struct SessionTests {
    private func session(_ capabilities: [String] = ["completion", "vision"]) -> Session {
        var conversation = Conversation(model: "demo")
        conversation.capabilities = capabilities
        return Session(conversation, isVerbose: false, wraps: true)
    }

    @Test func linesAreSaid() {
        var session = session()
        #expect(session.take("hello there") == [.say("hello there")])
        #expect(session.take("   ") == [])
        #expect(session.take("") == [])
    }

    @Test func severalLinesAreCollected() {
        var session = session()
        #expect(session.prompt == ">>> ")
        #expect(session.take("\"\"\"one") == [])
        #expect(session.prompt == "... ")
        #expect(session.take("/bye is no command here") == [])
        #expect(session.take("two\"\"\"") == [.say("one\n/bye is no command here\ntwo")])
        #expect(session.prompt == ">>> ")
        #expect(session.take("\"\"\"at once\"\"\"") == [.say("at once")])
        #expect(session.take("\"\"\"\"\"\"") == [])
    }

    @Test func controlCDropsWhatWasCollected() {
        var session = session()
        _ = session.take("\"\"\"one")
        #expect(session.interrupt() == [])
        #expect(session.take("two") == [.say("two")])
        #expect(session.interrupt() == [.write("Use Ctrl + d or /bye to exit.\n")])
    }

    @Test func aDraftHasAllThatWasCollected() {
        var session = session()
        #expect(session.draft("one") == "one")
        session.retype()
        #expect(session.prompt == ">>> ")
        _ = session.take("\"\"\"one")
        #expect(session.draft("two") == "one\ntwo")
        session.retype()
        #expect(session.prompt == "... ")
        #expect(session.take("ONE\ntwo") == [])
        #expect(session.take("three\"\"\"") == [.say("ONE\ntwo\nthree")])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        let action: Session.Action

        var testDescription: String { line }
    }

    private static let commands = [
        Case(line: "/bye", action: .end),
        Case(line: " /exit ", action: .end),
        Case(line: "/list", action: .list),
        Case(line: "/load other:1b", action: .load("other:1b")),
        Case(line: "/save mine", action: .save("mine")),
        Case(line: "/load", action: .write("Usage:\n  /load <model>\n")),
        Case(line: "/save a b", action: .write("Usage:\n  /save <model>\n")),
        Case(line: "/clear", action: .write("Cleared session context\n")),
        Case(line: "/show info", action: .show("info")),
        Case(line: "/show license", action: .show("license")),
        Case(line: "/show everything", action: .write(SessionHelp.text("show"))),
        Case(line: "/?", action: .write(SessionHelp.text(nil))),
        Case(line: "/help set", action: .write(SessionHelp.text("set"))),
        Case(line: "/? shortcuts", action: .write(SessionHelp.text("shortcuts"))),
        Case(line: "/set", action: .write(SessionHelp.text("set"))),
        Case(line: "/set history", action: .keepHistory(true)),
        Case(line: "/set nohistory", action: .keepHistory(false)),
        Case(line: "/set wordwrap", action: .write("Set 'wordwrap' mode.\n")),
        Case(line: "/set nowordwrap", action: .write("Set 'nowordwrap' mode.\n")),
        Case(line: "/set verbose", action: .write("Set 'verbose' mode.\n")),
        Case(line: "/set quiet", action: .write("Set 'quiet' mode.\n")),
        Case(line: "/set format json", action: .write("Set format to 'json' mode.\n")),
        Case(
            line: "/set format xml",
            action: .write("Invalid or missing format. For 'json' mode use '/set format json'\n")
        ),
        Case(line: "/set noformat", action: .write("Disabled format.\n")),
        Case(
            line: "/set parameter temperature 0.5",
            action: .write("Set parameter 'temperature' to '0.5'\n")
        ),
        Case(
            line: "/set parameter stop </s> <|end|>",
            action: .write("Set parameter 'stop' to '</s>, <|end|>'\n")
        ),
        Case(
            line: "/set parameter temprature 0.5",
            action: .write("Couldn't set parameter: unknown parameter 'temprature'\n")
        ),
        Case(
            line: "/set parameter top_k many",
            action: .write("Couldn't set parameter: invalid int value [many]\n")
        ),
        Case(line: "/set parameter", action: .write(SessionHelp.text("set"))),
        Case(line: "/set system", action: .write("Usage:\n  /set system <message>\n")),
        Case(line: "/set system be short", action: .write("Set system message.\n")),
        Case(
            line: "/set think",
            action: .write("Set 'think' mode. This model does not think.\n")
        ),
        Case(line: "/set nothink", action: .write("Set 'nothink' mode.\n")),
        Case(
            line: "/set think wildly",
            action: .write("'wildly' is no level; use true, false, low, medium, high, max\n")
        ),
        Case(
            line: "/set colour",
            action: .write("Unknown command '/set colour'. Type /? for help\n")
        ),
        Case(line: "/unknown", action: .write("Unknown command '/unknown'. Type /? for help\n")),
    ]

    @Test(arguments: commands) func knowsCommands(_ example: Case) {
        var session = session()
        #expect(session.take(example.line) == [example.action])
    }

    @Test func settingsGoIntoRequests() {
        var session = session()
        for line in [
            "/set parameter temperature 0.5", "/set parameter num_ctx 8192",
            "/set parameter stop a b", "/set system \"be short\"", "/set format json",
            "/set think high",
        ] { _ = session.take(line) }
        session.conversation.say("hi")
        #expect(
            session.conversation.request == [
                "model": "demo",
                "messages": [
                    ["role": "system", "content": "be short"], ["role": "user", "content": "hi"],
                ],
                "options": ["temperature": 0.5, "num_ctx": 8192, "stop": ["a", "b"]],
                "format": "json", "think": "high",
            ]
        )
        for line in ["/set noformat", "/set nothink", "/clear"] { _ = session.take(line) }
        #expect(session.conversation.request["format"] == nil)
        #expect(session.conversation.request["think"] == false)
        #expect(session.conversation.messages.isEmpty)
    }

    @Test func aSystemMessageMayHaveSeveralLines() {
        var session = session()
        #expect(session.take("/set system \"\"\"one") == [])
        #expect(session.prompt == "... ")
        #expect(session.take("two\"\"\"") == [.write("Set system message.\n")])
        #expect(session.conversation.system == "one\ntwo")
    }

    @Test func pathsOfImagesAreNoCommands() {
        var seeing = session()
        #expect(seeing.take("/tmp/a.png what is it?") == [.say("/tmp/a.png what is it?")])
        var blind = session(["completion"])
        #expect(
            blind.take("/tmp/a.png") == [.write("Unknown command '/tmp/a.png'. Type /? for help\n")]
        )
    }

    @Test func whatIsSavedIsWhatTheModelIsTold() {
        var conversation = Conversation(model: "demo")
        conversation.system = "be short"
        conversation.options = ["seed": 7]
        conversation.say("hi")
        conversation.hear("hello", thoughts: "")
        #expect(
            conversation.saving(as: "mine") == [
                "model": "mine", "from": "demo", "system": "be short", "parameters": ["seed": 7],
                "messages": [
                    ["role": "user", "content": "hi"], ["role": "assistant", "content": "hello"],
                ],
            ]
        )
    }

    @Test func onlyWhatWasNotAnsweredIsTakenBack() {
        var conversation = Conversation(model: "demo")
        conversation.say("one")
        conversation.hear("answer", thoughts: "hm")
        conversation.takeBack()
        #expect(conversation.messages.count == 2)
        conversation.say("two")
        conversation.takeBack()
        #expect(conversation.messages.count == 2)
    }
}
