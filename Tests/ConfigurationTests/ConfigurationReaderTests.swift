import Configuration
import JSON
import Testing

/// Declares one key of each kind.
private struct Example: Equatable {
    enum Precision: String, CaseIterable { case auto, f32, bf16 }

    var port: Int
    var host: String
    var key: String?
    var idle: Duration
    var limit: Int
    var threshold: Double
    var isOn: Bool
    var languages: [String]
    var precision: Precision
    var aliases: [String: String]
    var models: [String: Int]
    var voices: [String]

    init(_ reader: ConfigurationReader) {
        let server = reader.section("server", about: "how it is reached")
        port = server.integer("port", default: 11_436, in: 1...65_535, about: "the port")
        host = server.string("host", default: "127.0.0.1", about: "the address")
        key = server.string("key", default: nil, about: "the key")
        let ocr = reader.section("ocr", about: "how text is read")
        idle = ocr.duration("idle", default: .seconds(30), about: "when it is unloaded")
        limit = ocr.bytes("limit", default: 10 << 20, in: 1...1 << 30, about: "largest body")
        threshold = ocr.double("det_threshold", default: 0.3, in: 0...1, about: "least score")
        isOn = ocr.bool("direction", default: true, about: "whether lines are turned")
        languages = ocr.strings("languages", default: ["en"], about: "what is read")
        precision = ocr.choice("precision", default: Precision.auto, about: "how it counts")
        ocr.unsupported("use_corrector", unless: false, "spelling correction is not available")
        aliases = Dictionary(
            uniqueKeysWithValues: reader.map("aliases", about: "other names").map { ($0, $1) }
        )
        let sections = reader.sections("models", about: "the models").map { name, section in
            (name, section.integer("slots", default: 1, about: "requests at once"))
        }
        models = Dictionary(uniqueKeysWithValues: sections)
        voices = reader.items("voices", about: "the voices").map {
            $0.requiredString("file", about: "the voice's file")
        }
    }

    static func read(_ text: String) throws -> Example {
        let reader = ConfigurationReader(parsing: Array(text.utf8), name: "t.yaml")
        let example = Example(reader)
        try reader.finish()
        return example
    }

    static func problems(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch let error as ConfigurationError {
            return error.problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }
}

@Suite struct ConfigurationReaderTests {
    private let full = """
        server: {port: 80, host: "::1", key: secret}
        ocr:
          idle: 1h30m
          limit: 500MB
          det_threshold: 1
          direction: off
          languages: [de, "no"]
          precision: bf16
          use_corrector: no
        aliases: {a: b}
        models:
          x: {slots: 2}
          y:
        voices:
          - file: one
          - {file: two}
        """

    @Test(arguments: [
        "", "\u{FEFF}", "# nothing\n", "---\n", "{}", "server:\nocr: ~\n", "---\n...\n",
    ])
    func hasDefaultsForEverything(text: String) throws {
        let example = try Example.read(text)
        #expect(example.port == 11_436)
        #expect(example.key == nil)
        #expect(example.limit == 10 << 20)
        #expect(example.languages == ["en"])
        #expect(example.precision == .auto)
    }

    @Test func readsEveryKind() throws {
        let example = try Example.read(full)
        #expect(example.port == 80)
        #expect(example.host == "::1")
        #expect(example.key == "secret")
        #expect(example.idle == .seconds(5400))
        #expect(example.limit == 500_000_000)
        #expect(example.threshold == 1)
        #expect(!example.isOn)
        #expect(example.languages == ["de", "no"])
        #expect(example.precision == .bf16)
        #expect(example.aliases == ["a": "b"])
        #expect(example.models == ["x": 2, "y": 1])
        #expect(example.voices == ["one", "two"])
    }

    @Test func readsJSON() throws {
        let text = #"{"server": {"port": 81, "host": "a\u0062"}, "ocr": {"direction": false}}"#
        let example = try Example.read(text)
        #expect(example.port == 81)
        #expect(example.host == "ab")
        #expect(!example.isOn)
    }

    @Test func reportsEverythingAtOnceInTheFilesOrder() {
        let problems = Example.problems(
            """
            server:
              port: 70000
              host: 5
              prot: 1
            ocr:
              det_treshold: 0.5
              direction: "yes"
              limit: 10M
              precision: f16
              idle: soon
              languages: en
              use_corrector: true
              idle: 5s
            colour: red
            voices:
              - {}
            """
        )
        #expect(
            problems == [
                "t.yaml: voices[0].file: is missing: the voice's file",
                "t.yaml:2: server.port: must be from 1 to 65535, not 70000",
                "t.yaml:3: server.host: must be a text; put '5' in quotes",
                "t.yaml:4: server.prot: unknown key (did you mean 'port'?)",
                "t.yaml:6: ocr.det_treshold: unknown key (did you mean 'det_threshold'?)",
                "t.yaml:7: ocr.direction: must be true or false, not the text 'yes'",
                "t.yaml:8: ocr.limit: must be an amount of bytes such as 10MiB, not the text '10M'",
                "t.yaml:9: ocr.precision: must be one of auto, f32, bf16, not the text 'f16'",
                "t.yaml:10: ocr.idle: must be a duration such as 30s or 1h30m, not the text 'soon'",
                "t.yaml:11: ocr.languages: must be a list of texts, not the text 'en'",
                "t.yaml:12: ocr.use_corrector: is not supported: "
                    + "spelling correction is not available",
                "t.yaml:13: ocr.idle: duplicate key; the first is in line 10",
                "t.yaml:14: colour: unknown key",
            ]
        )
    }

    @Test(arguments: [
        ("server: 5", "t.yaml:1: server: must be a section of keys, not '5'"),
        ("- a", "t.yaml:1: must be a section of keys, not a list"),
        (
            "server:\n  port: 0x50",
            "t.yaml:2: server.port: must be a whole number, not the text '0x50'"
        ),
        ("server: {port: 010}", "t.yaml:1: server.port: must be a whole number, not '010'"),
        (
            "server: {port: '80'}",
            "t.yaml:1: server.port: must be a whole number, not the text '80'"
        ),
        ("server: {port: 1.5}", "t.yaml:1: server.port: must be a whole number, not '1.5'"),
        ("server: {host: on}", "t.yaml:1: server.host: must be a text; put 'on' in quotes"),
        ("server: {host: [a]}", "t.yaml:1: server.host: must be a text, not a list"),
        (
            "ocr: {det_threshold: .inf}",
            "t.yaml:1: ocr.det_threshold: must be a number, not the text '.inf'"
        ),
        (
            "ocr: {det_threshold: 1.1}",
            "t.yaml:1: ocr.det_threshold: must be from 0.0 to 1.0, not 1.1"
        ),
        ("ocr: {limit: 2GiB}", "t.yaml:1: ocr.limit: must be from 1 to 1GiB, not 2GiB"),
        ("ocr: {idle: -5s}", "t.yaml:1: ocr.idle: must be from 0s to 36500d, not -5s"),
        ("aliases: {a: [b]}", "t.yaml:1: aliases: must be a text, not a list"),
        ("a: 1\n---\nb: 2", "t.yaml:2: a second document is not accepted"),
        ("server: !!map {}", "t.yaml:1: server: the tag 'tag:yaml.org,2002:map' is not accepted"),
        ("server: {<<: {port: 1}}", "t.yaml:1: server.<<: merge keys are not accepted"),
        ("? [a]\n: 1", "t.yaml:1: ?: a key must be a single word, not a list"),
        ("server: *x", "t.yaml:1: the alias '*x' has no anchor"),
    ])
    func saysWhatIsWrong(text: String, problem: String) {
        #expect(Example.problems(text) == [problem])
    }

    @Test func saysWhatTabsDo() {
        let problems = Example.problems("server:\n\tport: 5")
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("t.yaml:2: ") == true)
        #expect(problems.first?.hasSuffix("(indent with spaces, not with tabs)") == true)
    }

    @Test func reusesAnchorsWithinLimits() throws {
        let text = "models: {x: &m {slots: 3}, y: *m}"
        #expect(try Example.read(text).models == ["x": 3, "y": 3])
        var bomb = "l0: &l0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1..<9 {
            let items = Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ",")
            bomb += "l\(level): &l\(level) [\(items)]\n"
        }
        #expect(Example.problems(bomb) == ["t.yaml:5: more than 50000 values"])
    }

    @Test func boundsDepthAndSize() {
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(Example.problems("a: \(deep)") == ["t.yaml:1: nested too deeply"])
        let long = "# " + String(repeating: "x", count: 1 << 20)
        #expect(Example.problems(long) == ["t.yaml:1: the file is larger than 1 MiB"])
    }

    @Test func letsOverridesGoFirst() throws {
        let overrides = [
            ConfigurationOverride(key: "server.port", value: "99", source: "--port"),
            ConfigurationOverride(key: "ocr.idle", value: "x", source: "IDLE"),
            ConfigurationOverride(key: "nothing.here", value: "1", source: "--set"),
        ]
        let reader = ConfigurationReader(
            parsing: Array("server: {port: 80}".utf8),
            name: "t.yaml",
            overrides: overrides
        )
        #expect(Example(reader).port == 99)
        let error = #expect(throws: ConfigurationError.self) { try reader.finish() }
        #expect(
            error?.description == """
                IDLE: ocr.idle: must be a duration such as 30s or 1h30m, not the text 'x'
                --set: nothing.here: unknown key
                """
        )
    }

    @Test func trapsWhenAKeyIsReadTwice() async {
        await #expect(processExitsWith: .failure) {
            let reader = ConfigurationReader(parsing: [], name: "")
            _ = reader.bool("a", default: true, about: "")
            _ = reader.bool("a", default: true, about: "")
        }
    }

    @Test func rendersWhatCounts() throws {
        let reader = ConfigurationReader(parsing: Array(full.utf8), name: "t.yaml")
        let example = Example(reader)
        try reader.finish()
        #expect(reader.rendered["server"]?["port"] == 80)
        #expect(reader.rendered["ocr"]?["idle"] == "1h30m")
        #expect(reader.rendered["ocr"]?["use_corrector"] == nil)
        #expect(try Example.read(reader.rendered.indented) == example)
        #expect(try Example.read(reader.documented) == example)
    }

    @Test func documentsDefaultsAndSources() throws {
        let text = "ocr: {det_threshold: 0.5}\nvoices: [{file: a b}]"
        let reader = ConfigurationReader(parsing: Array(text.utf8), name: "t.yaml")
        _ = Example(reader)
        try reader.finish()
        #expect(
            reader.documented == """
                # how it is reached
                server:
                  # the port (from 1 to 65535)
                  port: 11436
                  # the address
                  host: 127.0.0.1
                  # the key
                  # key:
                # how text is read
                ocr:
                  # when it is unloaded (from 0s to 36500d)
                  idle: 30s
                  # largest body (from 1 to 1GiB)
                  limit: 10MiB
                  # least score (from 0.0 to 1.0; from t.yaml:1)
                  det_threshold: 0.5
                  # whether lines are turned
                  direction: true
                  # what is read
                  languages: ["en"]
                  # how it counts (auto, f32, bf16)
                  precision: auto
                # other names
                aliases: {}
                # the models
                models: {}
                # the voices (from t.yaml:2)
                voices:
                  # (from t.yaml:2)
                  -
                    # the voice's file (from t.yaml:2)
                    file: "a b"

                """
        )
    }
}
