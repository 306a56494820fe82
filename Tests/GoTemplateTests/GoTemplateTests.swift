import JSON
import Randomness
import Testing

@testable import GoTemplate

@Suite struct GoTemplateTests {
    private func render(
        _ source: String,
        _ root: GoValue = .none,
        limits: GoTemplateLimits = GoTemplateLimits()
    ) throws -> String {
        try GoTemplate(source).render(root, limits: limits)
    }

    // MARK: Beyond Go 1.19, which made the other answers

    @Test func newerParts() throws {
        #expect(try render("{{ range 3 }}{{ . }}{{ end }}") == "012")
        #expect(
            try render("{{ with .A }}a{{ else with .B }}{{ . }}{{ end }}", .map(["B": 2])) == "2"
        )
        #expect(try render("{{ eq nil 1 }}{{ ne .X \"a\" }}", .map([:])) == "falsetrue")
    }

    // MARK: Values that JSON has not

    @Test func recordsHaveTheirFieldsOnly() throws {
        let message = GoValue.record("Message", ["Role": "user", "Content": ""])
        #expect(try render("{{ .Role }}{{ if . }}!{{ end }}", message) == "user!")
        let error = #expect(throws: GoTemplateError.self) { try render("\n{{ .role }}", message) }
        #expect(error?.description == "line 2: a Message has no field 'role'")
    }

    @Test func shownValuesAreWrittenAsJSONAndGoneThroughAsThemselves() throws {
        let json: JSONValue = ["b": 1, "a": "<"]
        let value = GoValue.shown(GoValue(json), as: json)
        let source = "{{ . }} {{ .a }} {{ len . }}{{ range $k, $v := . }}{{ $k }}{{ end }}"
        #expect(try render(source, value) == #"{"b":1,"a":"\u003c"} < 2ab"#)
        #expect(try render("{{ printf \"%s|%v\" . . }}", value).hasPrefix(#"{"b":1"#))
        let empty = GoValue.shown(.list([]), as: [])
        #expect(try render("{{ if . }}a{{ else }}b{{ end }}", empty) == "b")
    }

    // MARK: What a template is made of

    @Test func tellsWhichFieldsItUses() throws {
        let source = """
            {{ define "x" }}{{ .Deep.Down }}{{ end }}{{ range $m := .Messages }}{{ $m.Role }}
            {{- else if .X }}{{ end }}{{ (index .Tools 0).Type | print }}
            """
        let template = try GoTemplate(source.replacing("{{- else if .X }}", with: "{{- else }}"))
        #expect(template.fieldNames == ["Deep", "Down", "Messages", "Role", "Tools", "Type"])
    }

    @Test(arguments: [
        ("a{{ .Response }}b", "aR"),
        ("a{{ if .Yes }}b{{ .Response }}c{{ end }}d", "abR"),
        ("a{{ if .No }}b{{ .Response }}c{{ else }}e{{ end }}d", "a"),
        ("a{{ if .Response }}b{{ end }}c", "abc"),
        ("a{{ range .L }}{{ . }}{{ end }}b", "a12b"),
        ("{{ template \"t\" .Response }}x{{ define \"t\" }}<{{ . }}>{{ end }}", "<R>x"),
    ])
    func endsWhereAFieldIsWritten(source: String, text: String) throws {
        let root = GoValue.map(["Response": "R", "Yes": true, "L": .list([1, 2])])
        #expect(try GoTemplate(source).ending(at: "Response").render(root) == text)
    }

    // MARK: Bounds

    @Test(arguments: [
        String(repeating: "{{ if true }}", count: 101) + String(repeating: "{{ end }}", count: 101),
        "{{ " + String(repeating: "(", count: 101) + "1" + String(repeating: ")", count: 101)
            + " }}",
    ])
    func nestingIsBounded(source: String) throws {
        #expect(throws: GoTemplateError.self) { try GoTemplate(source) }
    }

    @Test func nestsAsDeepAsItSays() throws {
        let count = GoTemplate.maximumDepth - 2
        let source =
            String(repeating: "{{ if true }}", count: count) + "x"
            + String(repeating: "{{ end }}", count: count)
        #expect(try render(source) == "x")
    }

    @Test(arguments: [
        ("{{ range 100 }}{{ range 100 }}{{ $x := . }}{{ end }}{{ end }}", "steps"),
        ("{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}", "deep"),
        ("{{ range 90 }}0123456789{{ end }}", "bytes"),
        ("{{ range 1000000000000 }}{{ end }}", "numbers"),
    ])
    func workIsBounded(source: String, word: String) throws {
        var limits = GoTemplateLimits()
        (limits.bytes, limits.steps, limits.depth) = (800, 1000, 20)
        let error = #expect(throws: GoTemplateError.self) { try render(source, limits: limits) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    /// Damaged templates are refused or carried out; none brings the program down.
    @Test func damageIsHarmless() throws {
        var random = SeededGenerator(seed: 7)
        let pieces = [
            "{{", "}}", "-", " ", "(", ")", "|", ".", "$", "end", "else", "\"", "0x", ":=",
        ]
        var limits = GoTemplateLimits()
        limits.steps = 2000
        var carriedOut = 0
        for given in AnswerTests.cases {
            for _ in 0..<30 {
                var bytes = Array(given.template.utf8)
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let place = Int.random(in: 0...bytes.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0:
                        bytes.insert(
                            contentsOf: Array((pieces.randomElement(using: &random) ?? "{{").utf8),
                            at: place
                        )
                    case 1 where place < bytes.count: bytes.remove(at: place)
                    default:
                        if place < bytes.count {
                            bytes[place] = .random(in: 0...255, using: &random)
                        }
                    }
                }
                let source = String(decoding: bytes, as: UTF8.self)
                guard let template = try? GoTemplate(source) else { continue }
                if (try? template.render(GoValue(given.data), limits: limits)) != nil {
                    carriedOut += 1
                }
            }
        }
        #expect(carriedOut > 1000)
    }
}
