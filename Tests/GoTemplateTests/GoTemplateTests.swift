import JSON
import Testing

@testable import GoTemplate

@Suite struct GoTemplateTests {
    private func render(
        _ source: String,
        _ root: GoValue = .none,
        endingAt last: GoKey? = nil
    ) throws -> String {
        var budget = GoBudget()
        return try GoTemplate(source, functions: ["json"]).render(
            root,
            functions: ["json": GoJSON.function],
            endingAt: last,
            spending: &budget
        )
    }

    // MARK: Values that JSON has not

    @Test func recordsHaveTheirFieldsOnly() throws {
        let message = GoValue.record("Message", ["Role": "user", "Content": ""])
        #expect(try render("{{ .Role }}{{ if . }}!{{ end }}", message) == "user!")
        let error = #expect(throws: GoTemplateError.self) { try render("\n{{ .role }}", message) }
        #expect(error?.description == "line 2: a Message has no field 'role'")
    }

    @Test func valuesWithAFormAreWrittenInItAndGoneThroughAsThemselves() throws {
        let json: JSONValue = ["b": 1, "a": "<"]
        let value = GoValue.shown(GoValue(json), as: GoForm(json: json))
        let source = "{{ . }} {{ .a }} {{ len . }}{{ range $k, $v := . }}{{ $k }}{{ end }}"
        #expect(try render(source, value) == #"{"b":1,"a":"\u003c"} < 2ab"#)
        #expect(try render("{{ printf \"%s|%v\" . . }}", value).hasPrefix(#"{"b":1"#))
        let empty = GoValue.shown(.list([]), as: GoForm(json: []))
        #expect(try render("{{ if . }}a{{ else }}b{{ end }}", empty) == "b")
    }

    /// Made with Go 1.24: a list of records whose methods `String` give JSON.
    @Test(arguments: [
        ("{{ . }}", #"[{"name":"a"},{"name":"b"}]"#),
        ("{{ printf \"%s|%v\" . . }}", #"[{"name":"a"},{"name":"b"}]|[{"name":"a"},{"name":"b"}]"#),
        (
            "{{ printf \"%q|%.3s|%30s\" . . . }}",
            #""[{\"name\":\"a\"},{\"name\":\"b\"}]"|[{"|   [{"name":"a"},{"name":"b"}]"#
        ),
        ("{{ slice . 0 1 }}|{{ slice . 0 0 }}", #"[{"name":"a"}]|[]"#),
        (
            "{{ printf \"%s\" (slice . 1) }}|{{ json (slice . 1) }}",
            #"[{"name":"b"}]|[{"name":"b"}]"#
        ),
        ("{{ eq . nil }}{{ ne . nil }}", "falsetrue"),
    ])
    func listsWithAFormKeepIt(source: String, text: String) throws {
        let items: [GoValue] = ["a", "b"].map { name in
            .shown(
                .record("Tool", ["Name": .string(name)]),
                as: GoForm(json: ["name": .string(name)])
            )
        }
        #expect(try render(source, .shown(.list(items[...]), as: GoForm())) == text)
    }

    /// Made with Go 1.24: lists that are nil, one with a method `String` and one without.
    @Test(arguments: [
        ("{{ .Plain }}|{{ .JSON }}|{{ json .Plain }}|{{ json .JSON }}", "[]|null|null|null"),
        (
            "{{ ne .Plain nil }}{{ eq .JSON nil }}{{ eq .Plain .Plain }}{{ eq .Plain .Full }}",
            "falsetruetruefalse"
        ),
        ("{{ not .JSON }}{{ len .JSON }}{{ range .JSON }}a{{ else }}b{{ end }}", "true0b"),
        ("{{ slice .Plain }}{{ or .JSON 1 }}{{ and .Plain 1 }}", "[]1[]"),
    ])
    func listsMayBeNil(source: String, text: String) throws {
        let root: GoValue = .map([
            "Plain": .shown(.list([]), as: GoForm(text: .usual, json: .null)),
            "JSON": .shown(.list([]), as: GoForm(json: .null)), "Full": .list([1]),
        ])
        #expect(try render(source, root) == text)
    }

    // MARK: What a template is made of

    @Test func tellsWhichFieldsItUses() throws {
        let source = """
            {{ define "x" }}{{ .Deep.Down }}{{ end }}{{ range $m := .Messages }}{{ $m.Role }}
            {{- else }}{{ end }}{{ (index .Tools 0).Type | print }}{{ if .A }}{{ else if .B }}
            {{- else }}{{ .C }}{{ end }}
            """
        #expect(
            try GoTemplate(source).fieldNames
                == ["Deep", "Down", "Messages", "Role", "Tools", "Type", "A", "B", "C"]
        )
    }

    @Test(arguments: [
        ("a{{ .Response }}b", "aR"),
        ("a{{ if .Yes }}b{{ .Response }}c{{ end }}d", "abR"),
        ("a{{ if .Yes }}b{{ else }}{{ .Response }}{{ end }}d", "abd"),
        ("a{{ if .No }}b{{ .Response }}c{{ else }}e{{ end }}d", "aed"),
        ("a{{ if .No }}b{{ .Response }}{{ else if .Yes }}e{{ .Response }}f{{ end }}d", "aeR"),
        ("a{{ if .Response }}b{{ end }}c", "abc"),
        ("a{{ if .Empty }}b{{ end }}{{ if .Empty }}{{ .Empty }}{{ else }}c{{ end }}d", "ac"),
        ("a{{ range .L }}{{ . }}{{ end }}b", "a12b"),
        ("a{{ range .L }}{{ . }}{{ $.Response }}{{ end }}b", "a1R"),
        ("{{ template \"t\" .Response }}x{{ define \"t\" }}<{{ . }}>{{ end }}", "<R>x"),
        ("{{ template \"t\" . }}x{{ define \"t\" }}<{{ .Response }}>{{ end }}", "<R"),
        ("{{ $r := .Response }}a{{ .Response }}b", "aR"),
    ])
    func endsWhereAFieldIsWritten(source: String, text: String) throws {
        let root = GoValue.map([
            "Response": "R", "Yes": true, "Empty": "", "L": .list([1, 2]),
        ])
        let last: GoKey = source.contains("Empty") ? "Empty" : "Response"
        #expect(try render(source, root, endingAt: last) == text)
    }

    @Test func partsOfListsAndTextsCostWhatTheyHold() throws {
        let items = (0..<20_000).map { GoValue.integer($0) }
        let source =
            "{{ range $i, $e := . }}{{ if eq (len (slice $ $i)) 1 }}{{ $e }}{{ end }}{{ end }}"
        #expect(try render(source, .list(items[...])) == "19999")
        let text = GoValue.string(String(repeating: "ab", count: 2_000_000))
        #expect(try render("{{ range 20000 }}{{ $x := index $ . }}{{ end }}x", text) == "x")
        #expect(try render("{{ range 2000 }}{{ $x := slice $ . 2001 }}{{ end }}x", text) == "x")
    }
}
