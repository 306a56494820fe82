import CommandLine
import Testing

@Suite struct ProgramTests {
    private let program = Program(
        "baton",
        "share one accelerator between services",
        version: "1.2",
        verbs: [
            Verb(
                "serve",
                "run services",
                details: "Runs in the foreground. Several services share one process.",
                options: [
                    Option(
                        "port",
                        short: "p",
                        .integer(1...65_535),
                        placeholder: "PORT",
                        "listen here instead of the port that the configuration names"
                    ),
                    Option(
                        "log",
                        .choice(["error", "info"]),
                        placeholder: "LEVEL",
                        default: "info",
                        "least level"
                    ),
                    Option("set", placeholder: "KEY=VALUE", isRepeatable: true, "override a key"),
                    Option("idle", .duration, placeholder: "TIME", "unload after"),
                    Option("limit", .bytes, placeholder: "SIZE", "largest body"),
                    Option("scale", .double, placeholder: "X", "factor"),
                    .flag("verbose", short: "v", "say more"),
                    .flag("quiet", short: "q", "say less"),
                ],
                positionals: [
                    Positional("service", "the service's name"),
                    Positional("more", "further services", .rest),
                ]
            ) { _ in 7 },
            Verb(
                "config",
                "work with configuration files",
                verbs: [
                    Verb(
                        "render",
                        "print what counts",
                        positionals: [Positional("service", "the service's name", .optional)]
                    ) { _ in 0 }
                ]
            ),
        ]
    )

    private func values(_ words: String...) throws -> Values {
        guard case .run(_, let values) = try program.parse(words) else {
            throw UsageShown()
        }
        return values
    }

    private struct UsageShown: Error {}

    @Test func readsOptionsInEveryForm() throws {
        for words in [
            ["serve", "--port", "80", "ocr"], ["serve", "--port=80", "ocr"],
            ["serve", "-p", "80", "ocr"], ["serve", "-p80", "ocr"], ["serve", "ocr", "-vp80"],
        ] {
            guard case .run(let verb, let values) = try program.parse(words) else {
                Issue.record("no run")
                continue
            }
            #expect(verb.name == "serve")
            #expect(values.integer("port") == 80)
            #expect(values.required("service") == "ocr")
        }
    }

    @Test func convertsValues() throws {
        let given = try values(
            "serve",
            "--idle=1h30m",
            "--limit",
            "10MiB",
            "--scale=-2.5",
            "--set",
            "a=b",
            "--set=c=d",
            "-qv",
            "ocr",
            "clip",
            "-",
            "--",
            "--port"
        )
        #expect(given.duration("idle") == .seconds(5400))
        #expect(given.bytes("limit") == 10 << 20)
        #expect(given.double("scale") == -2.5)
        #expect(given.strings("set") == ["a=b", "c=d"])
        #expect(given.has("verbose") && given.has("quiet"))
        #expect(given.string("log") == "info")
        #expect(!given.has("log"))
        #expect(given.integer("port") == nil)
        #expect(given.strings("more") == ["clip", "-", "--port"])
    }

    @Test func findsNestedVerbs() throws {
        #expect(try values("config", "render").string("service") == nil)
        #expect(try values("config", "render", "ocr").string("service") == "ocr")
    }

    @Test(arguments: [
        ([], "baton: a verb is missing"),
        (["srve"], "baton: unknown verb 'srve' (did you mean 'serve'?)"),
        (["--port"], "baton: unknown option '--port'"),
        (["config"], "baton config: a verb is missing"),
        (["config", "rendr"], "baton config: unknown verb 'rendr' (did you mean 'render'?)"),
        (["serve"], "baton serve: <service> is missing"),
        (
            ["serve", "a", "--prot", "5"],
            "baton serve: unknown option '--prot' (did you mean '--port'?)"
        ),
        (["serve", "a", "--port"], "baton serve: '--port' needs a value"),
        (
            ["serve", "a", "--port="],
            "baton serve: '--port' must be a whole number from 1 to 65535, not ''"
        ),
        (
            ["serve", "a", "-p0"],
            "baton serve: '-p' must be a whole number from 1 to 65535, not '0'"
        ),
        (["serve", "a", "-x"], "baton serve: unknown option '-x'"),
        (["serve", "a", "--verbose=1"], "baton serve: '--verbose' takes no value"),
        (
            ["serve", "a", "--log", "loud"],
            "baton serve: '--log' must be one of error, info, not 'loud'"
        ),
        (["serve", "a", "-p1", "-p2"], "baton serve: '-p' is given twice"),
        (["config", "render", "a", "b"], "baton config render: unexpected 'b'"),
    ])
    func explainsWhatItDoesNotUnderstand(words: [String], message: String) {
        let error = #expect(throws: UsageError.self) { try program.parse(words) }
        let command = message.prefix { $0 != ":" }
        #expect(error?.description == "\(message)\ntry '\(command) --help'")
    }

    @Test func endsWithTheRightCode() async {
        #expect(await program.run(["serve", "ocr"]) == 7)
        let failing = Program(
            version: "1",
            Verb("tool", "fail") { _ in throw UsageShown() }
        )
        #expect(await failing.run([]) == 1)
        #expect(Program.usageCode == 64)
        #expect(await program.run(["srve"]) == 64)
    }

    private func help(_ words: String...) throws -> String {
        guard case .show(let text) = try program.parse(words) else { return "" }
        return text
    }

    @Test func showsHelpOfTheProgram() throws {
        let golden = """
            baton – share one accelerator between services

            Usage: baton VERB

            Verbs:
              serve   run services
              config  work with configuration files

            Options:
              -h, --help  show this help

            """
        #expect(try help("--help") == golden)
        #expect(try help("-h") == golden)
        #expect(try help("help") == golden)
        #expect(try help("--version") == "baton 1.2\n")
    }

    @Test func showsHelpOfAVerb() throws {
        let golden = """
            baton serve – run services

            Usage: baton serve [options] <service> [<more> ...]

            Runs in the foreground. Several services share one process.

            Arguments:
              <service>  the service's name
              <more>     further services

            Options:
              -p, --port PORT      listen here instead of the port that the configuration
                                   names
                  --log LEVEL      least level: error, info (default: info)
                  --set KEY=VALUE  override a key; may be repeated
                  --idle TIME      unload after
                  --limit SIZE     largest body
                  --scale X        factor
              -v, --verbose        say more
              -q, --quiet          say less
              -h, --help           show this help

            """
        #expect(try help("serve", "--help") == golden)
        #expect(try help("help", "serve") == golden)
        #expect(try help("serve", "ocr", "-h") == golden)
    }
}

@Suite struct TableTests {
    @Test func alignsColumns() {
        var table = Table([("model", .left), ("bytes", .right), ("state", .left)])
        table.add(["a", "5", "ready"])
        table.add(["longer\nname", "12345", ""])
        let plain = Terminal(isInteractive: false, width: 80, hasColours: false)
        #expect(
            table.rendered(for: plain) == """
                model        bytes  state
                a                5  ready
                longer name  12345

                """
        )
        let coloured = Terminal(isInteractive: true, width: 80, hasColours: true)
        #expect(table.rendered(for: coloured).hasPrefix("\u{1B}[1mmodel\u{1B}[0m        "))
    }

    @Test func countsNoWidthForColours() {
        let terminal = Terminal(isInteractive: true, width: 80, hasColours: true)
        var table = Table([("a", .left), ("b", .left)])
        table.add([terminal.styled("x", .red), "1"])
        table.add(["yy", "2"])
        let lines = table.rendered(for: terminal).split(separator: "\n")
        #expect(lines[1] == "\u{1B}[31mx\u{1B}[0m   1")
        #expect(lines[2] == "yy  2")
    }
}
