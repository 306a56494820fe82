import CommandLine
import Testing

/// Manual pages, completions and the reference are made from the same table.
@Suite struct GeneratorTests {
    private let program = Program(
        "tool",
        "does things",
        version: "1.2",
        verbs: [
            Verb(
                "show",
                aliases: ["look"],
                "show a thing",
                details: "It's .here:\n\n  tool show -- \"x\"",
                options: [
                    Option(
                        "format",
                        short: "f",
                        .choice(["table", "json"]),
                        placeholder: "FORMAT",
                        default: "table",
                        "how it's printed"
                    ),
                    Option("out", placeholder: "FILE", completion: .files, "where | to"),
                    Option("think", placeholder: "LEVEL", bare: "true", "think [first]: or not"),
                    .flag("quiet", "say less"),
                ],
                positionals: [
                    Positional("THING", "the thing", completion: .output(of: "list --quiet"))
                ]
            ) { _ in 0 },
            Verb("config", "work with files", verbs: [Verb("check", "look for errors") { _ in 0 }]),
        ]
    )

    @Test func thereIsAPageForEachVerb() {
        let pages = ManualPages.pages(of: program, version: "1.2")
        #expect(pages.map(\.name) == ["tool.1", "tool-show.1", "tool-config.1"])
        #expect(pages[0].text.contains(".TP\n.B show\nshow a thing; see tool\\-show(1)\n"))
        #expect(pages[2].text.contains(".SS \"tool config check\"\n"))
    }

    @Test func pagesTakeTextsForNothingElse() {
        let page = ManualPages.pages(of: program, version: "1.2")[1].text
        #expect(page.contains("\\-f, \\-\\-format FORMAT\n"))
        #expect(page.contains(".nf\n  tool show \\-\\- \\(dqx\\(dq\n.fi\n"))
        for line in page.split(separator: "\n") where line.hasPrefix(".") {
            let word = line.dropFirst().prefix { $0 != " " }
            let known = ["B", "PP", "SH", "SS", "TH", "TP", "ad", "nf", "nh", "fi", "BR"]
            #expect(known.contains(String(word)), "\(line)")
        }
    }

    @Test func theReferenceHasEverything() {
        let text = MarkdownReference.text(of: program)
        for part in [
            "| [`show`](#tool-show) | show a thing |", "## tool show\n\nShow a thing.\n",
            "```\ntool show [options] <THING>\n```", "Also: `look`.", "### tool config check",
            "| `-f, --format FORMAT` | how it's printed: table, json (default: table) |",
            "| `--out FILE` | where \\| to |", "```\ntool show -- \"x\"\n```",
            "| `--think[=LEVEL]` | think [first]: or not; true when no value is given |",
        ] { #expect(text.contains(part), "\(part)") }
    }

    @Test func bashOffersWhatTheTableSays() {
        let script = ShellCompletions.bash.script(for: program)
        for part in [
            "\"\") _tool_words \"show config --help --version\" ;;",
            "    show)\n", "    look)\n", "    \"config check\")\n",
            "-f | --format) _tool_words \"table json\"; return ;;",
            "--out) _tool_files; return ;;",
            "-*) _tool_words \"--format --out --think --quiet --help\" ;;",
            "*) _tool_words \"$(tool list --quiet 2>/dev/null)\" ;;",
        ] { #expect(script.contains(part), "\(part)") }
        #expect(!script.contains("--think)"))
    }

    @Test func zshOffersWhatTheTableSays() {
        let script = ShellCompletions.zsh.script(for: program)
        for part in [
            "#compdef tool\n", "'show:show a thing'", "show|look)",
            "'--format=[how it'\\''s printed]:format:(table json)'",
            "'-f+[how it'\\''s printed]:format:(table json)'", "'--out=[where | to]:file:_files'",
            "'--think=-[think  first   or not]::level: '", "'--quiet[say less]'",
        ] { #expect(script.contains(part), "\(part)") }
    }

    @Test func fishOffersWhatTheTableSays() {
        let script = ShellCompletions.fish.script(for: program)
        for part in [
            "complete -c tool -n __fish_use_subcommand -a show -d 'show a thing'",
            "-l format -s f -x -a 'table json' -d 'how it'\\''s printed'", "-l out -r -F -d",
            "-l think -d", "-a '(tool list --quiet 2>/dev/null)'",
        ] { #expect(script.contains(part), "\(part)") }
    }

    @Test func verbsAnswerToTheirOtherNames() throws {
        guard case .run(let verb, let values) = try program.parse(["look", "x", "--think"]) else {
            Issue.record("no run")
            return
        }
        #expect(verb.name == "show")
        #expect(values.string("think") == "true")
        guard case .run(_, let other) = try program.parse(["show", "--think=low", "x"]) else {
            Issue.record("no run")
            return
        }
        #expect(other.string("think") == "low")
        #expect(other.string("THING") == "x")
    }
}
