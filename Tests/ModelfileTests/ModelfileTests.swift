import JSON
import Testing

@testable import Modelfile

@Suite struct ModelfileTests {
    private func read(_ text: String) throws -> [Modelfile.Instruction] {
        try Modelfile(parsing: Array(text.utf8)).instructions
    }

    @Test func everyInstructionIsRead() throws {
        let text = """
            # A comment, and an empty line.

            from ./model.gguf
              ADAPTER ./lora.gguf
            \tDraft ./small.gguf
            Template {{ .Prompt }} # no comment
            SYSTEM   Be brief.  \t
            LICENSE MIT
            LICENSE "Apache"
            RENDERER qwen3-coder
            PARSER qwen3-coder
            REQUIRES v0.14.0
            PARAMETER temperature 0.5
            parameter   stop   "<|end|>"
            MESSAGE user Hello.
            MESSAGE assistant 'Hi.'
            MESSAGE system ""
            """
        #expect(
            try read(text) == [
                .from("./model.gguf"), .adapter("./lora.gguf"), .draft("./small.gguf"),
                .template("{{ .Prompt }} # no comment"), .system("Be brief."), .license("MIT"),
                .license("Apache"), .renderer("qwen3-coder"), .parser("qwen3-coder"),
                .requires("v0.14.0"), .parameter(name: "temperature", value: "0.5"),
                .parameter(name: "stop", value: "<|end|>"),
                .message(role: "user", content: "Hello."),
                .message(role: "assistant", content: "'Hi.'"),
                .message(role: "system", content: ""),
            ]
        )
    }

    @Test(arguments: [
        (#"a "b" c"#, #"a "b" c"#), (#""a""#, "a"), (#""""a""""#, "a"), (#""""""""#, ""),
        (#""""#, ""),
        ("\"a\nb\"", "a\nb"), ("\"\"\"\na\nb\n\"\"\"", "\na\nb\n"), ("\"\n\"", "\n"),
        (#""""He said "hi".""""#, #"He said "hi"."#), (#""a" b""#, #"a" b"#),
        ("\"\"\"a\" \"\"\" b\nc\"\"\"", "a\" \"\"\" b\nc"), ("\" a \"  ", " a "),
        ("\"\"\"a\"\"\"\"\"", "a\"\""), ("'", "'"), ("\\n", "\\n"), ("\"a\r\nb\"", "a\r\nb"),
        ("\u{1F469}\u{200D}\u{1F4BB}", "\u{1F469}\u{200D}\u{1F4BB}"), ("\u{A0}a\u{A0}", "a"),
    ])
    func valuesAreQuotedInThreeWays(written: String, value: String) throws {
        for end in ["", "\n", "\r\n# next\r\n"] {
            #expect(try read("FROM m\nSYSTEM \(written)\(end)") == [.from("m"), .system(value)])
        }
    }

    @Test func aValueEndsWithTheFirstLineThatClosesItsMarks() throws {
        let text = "SYSTEM \"\"\"a\"\"\"\nFROM b\nSYSTEM \"c\nd\" \nTEMPLATE e"
        #expect(try read(text) == [.system("a"), .from("b"), .system("c\nd"), .template("e")])
    }

    @Test(arguments: [
        ("", "no FROM line"), ("# FROM x", "no FROM line"), ("SYSTEM x", "no FROM line"),
        (
            "FROM x\n\nFROMM y",
            #"(line 3): command must be one of "from", "license", "template", "system", "#
                + #""adapter", "draft", "renderer", "parser", "parameter", "message", or "requires""#
        ),
        (
            "FROM x\r\nMESSAGE tool y",
            #"(line 2): message role must be one of "system", "user", or "assistant""#
        ),
        (
            "FROM x\rMESSAGE User y",
            #"(line 2): message role must be one of "system", "user", or "assistant""#
        ),
        ("FROM", "(line 1): unexpected EOF: a value must follow 'FROM'"),
        ("FROM x\nSYSTEM\nfoo", "(line 2): unexpected EOF: a value must follow 'SYSTEM'"),
        ("FROM x\nMESSAGE user\n", "(line 2): unexpected EOF: a value must follow 'user'"),
        ("FROM x\nPARAMETER a\n", "(line 2): unexpected EOF: a value must follow 'a'"),
        (
            "FROM x\nSYSTEM \"\"\"a\nb\"",
            "(line 2): unexpected EOF: the quotation marks are not closed"
        ),
        ("FROM x\nSYSTEM \"", "(line 2): unexpected EOF: the quotation marks are not closed"),
        ("FROM x\nPARAMETER ? 1", "(line 2): unknown parameter ''"),
    ])
    func mistakesAreNamedWithTheirLine(text: String, message: String) {
        let error = #expect(throws: ModelfileError.self) { try read(text) }
        #expect(error.map { "\($0)" } == message)
    }

    @Test(arguments: ["FROM:x", "FROM=x", "é x", "1 x", "\u{0} x", "FROM\u{200B} x", "-"])
    func whatIsNoInstructionIsRefused(text: String) {
        let error = #expect(throws: ModelfileError.self) { try read("FROM a\n" + text) }
        #expect(error?.reason == .unknownInstruction)
        #expect(error?.line == 2)
    }

    @Test func textsComeInSeveralEncodings() throws {
        let text = "FROM x\nSYSTEM \"é\u{1F600}\""
        let expected: [Modelfile.Instruction] = [.from("x"), .system("é\u{1F600}")]
        func bytes(_ highFirst: Bool) -> [UInt8] {
            ("\u{FEFF}" + text).utf16.flatMap { unit -> [UInt8] in
                let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
                return highFirst ? [high, low] : [low, high]
            }
        }
        for bytes in [
            Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8), bytes(true), bytes(false),
        ] {
            #expect(try Modelfile(parsing: bytes).instructions == expected)
        }
        // Half a unit at the end, and bytes that are no text.
        #expect(try Modelfile(parsing: bytes(true) + [0]).instructions == expected)
        #expect(
            try Modelfile(parsing: Array("FROM ".utf8) + [0xFF]).instructions == [.from("\u{FFFD}")]
        )
        let long = Array("FROM x\n# ".utf8) + [UInt8](repeating: 0x61, count: 16 << 20)
        #expect(throws: ModelfileError.self) { try Modelfile(parsing: long) }
    }

    private func recipe(_ lines: String) throws -> ModelRecipe {
        try ModelRecipe(Modelfile(parsing: Array("FROM m\n\(lines)".utf8)))
    }

    @Test func instructionsAreTakenTogether() throws {
        let recipe = try recipe(
            """
            FROM ./mmproj.gguf
            PARAMETER num_ctx 4096
            PARAMETER num_ctx +8192
            PARAMETER stop a
            PARAMETER stop b
            PARAMETER temperature .5
            PARAMETER use_mmap False
            PARAMETER f16_kv true
            PARAMETER logit_bias {"1": -5}
            PARAMETER grammar root ::= "a"
            SYSTEM one
            SYSTEM ""
            LICENSE a
            LICENSE b
            REQUIRES v1.2.3-rc.1+build
            MESSAGE user hi
            """
        )
        #expect(recipe.sources == ["m", "./mmproj.gguf"])
        #expect(
            recipe.parameters == [
                "num_ctx": 8192, "stop": ["a", "b"], "temperature": 0.5, "use_mmap": false,
                "logit_bias": ["1": -5], "grammar": "root ::= \"a\"",
            ]
        )
        #expect(recipe.ignored == ["f16_kv"])
        #expect(recipe.system == "" && recipe.template == nil)
        #expect(recipe.licenses == ["a", "b"])
        #expect(recipe.requires == "1.2.3-rc.1+build")
        #expect(recipe.messages == [ModelRecipe.Message(role: "user", content: "hi")])
    }

    @Test(arguments: [
        ("PARAMETER temprature 1", "(line 2): unknown parameter 'temprature'"),
        ("\nPARAMETER num_ctx 4k", "(line 3): invalid int value [4k]"),
        ("PARAMETER num_ctx 1.5", "(line 2): invalid int value [1.5]"),
        ("PARAMETER top_p high", "(line 2): invalid float value [high]"),
        ("PARAMETER top_p inf", "(line 2): invalid float value [inf]"),
        ("PARAMETER use_mmap yes", "(line 2): invalid bool value [yes]"),
        ("PARAMETER logit_bias {", "(line 2): invalid json value [{]"),
        ("REQUIRES new", "(line 2): requires must be a valid semver (e.g. 0.14.0)"),
        ("REQUIRES 1.02", "(line 2): requires must be a valid semver (e.g. 0.14.0)"),
        ("REQUIRES 1.2-rc", "(line 2): requires must be a valid semver (e.g. 0.14.0)"),
        ("REQUIRES 1.2.3-", "(line 2): requires must be a valid semver (e.g. 0.14.0)"),
    ])
    func parametersHaveTypes(line: String, message: String) {
        let error = #expect(throws: ModelfileError.self) { try recipe(line) }
        #expect(error.map { "\($0)" } == message)
    }
}
