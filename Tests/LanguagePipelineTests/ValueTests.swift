import JSON
import Testing

@testable import LanguagePipeline

@Suite struct GoDurationTests {
    /// Made with `time.ParseDuration` and `Duration.String` of Go 1.19.
    @Test(
        arguments: [
            ("0", 0, "0s"),
            ("5m", 300000000000, "5m0s"),
            ("1h30m", 5400000000000, "1h30m0s"),
            ("90s", 90000000000, "1m30s"),
            ("100ms", 100000000, "100ms"),
            ("-1m", -60000000000, "-1m0s"),
            ("-1", nil, #"time: missing unit in duration "-1""#),
            ("300", nil, #"time: missing unit in duration "300""#),
            ("1.5h", 5400000000000, "1h30m0s"),
            ("+2s", 2000000000, "2s"),
            (".5s", 500000000, "500ms"),
            ("5.s", 5000000000, "5s"),
            ("1h1h", 7200000000000, "2h0m0s"),
            ("1us", 1000, "1µs"),
            ("1µs", 1000, "1µs"),
            ("1μs", 1000, "1µs"),
            ("1ns", 1, "1ns"),
            ("0.000000001s", 1, "1ns"),
            ("1h30", nil, #"time: missing unit in duration "1h30""#),
            ("x", nil, #"time: invalid duration "x""#),
            ("", nil, #"time: invalid duration """#),
            ("-", nil, #"time: invalid duration "-""#),
            ("1x", nil, #"time: unknown unit "x" in duration "1x""#),
            ("1 s", nil, #"time: unknown unit " s" in duration "1 s""#),
            (" 1s", nil, #"time: invalid duration " 1s""#),
            ("1d", nil, #"time: unknown unit "d" in duration "1d""#),
            ("3.5.2s", nil, #"time: missing unit in duration "3.5.2s""#),
            (".s", nil, #"time: invalid duration ".s""#),
            ("9223372036854775807ns", 9223372036854775807, "2562047h47m16.854775807s"),
            ("9223372036854775808ns", nil, #"time: invalid duration "9223372036854775808ns""#),
            ("2562047h47m16.854775807s", 9223372036854775807, "2562047h47m16.854775807s"),
            ("3000000h", nil, #"time: invalid duration "3000000h""#),
            ("1e3s", nil, #"time: unknown unit "e" in duration "1e3s""#),
            ("0s", 0, "0s"),
            ("-1.5s", -1500000000, "-1.5s"),
            ("59.999999999s", 59999999999, "59.999999999s"),
            ("1m0.1s", 60100000000, "1m0.1s"),
            ("0.5ns", 0, "0s"),
            ("١s", nil, #"time: invalid duration "\xd9\xa1s""#),
            ("1\u{301}s", nil, #"time: unknown unit "\xcc\x81s" in duration "1\xcc\x81s""#),
            ("1s\u{301}", nil, #"time: unknown unit "s\xcc\x81" in duration "1s\xcc\x81""#),
            ("-\u{301}1s", nil, #"time: invalid duration "-\xcc\x811s""#),
            ("0\u{301}", nil, #"time: unknown unit "\xcc\x81" in duration "0\xcc\x81""#),
            ("1.\u{301}5s", nil, #"time: unknown unit "\xcc\x81" in duration "1.\xcc\x815s""#),
        ] as [(String, Int64?, String)]
    )
    func isReadAndWrittenAsGoDoes(text: String, nanoseconds: Int64?, words: String) {
        do {
            let value = try GoDuration.parse(text)
            #expect(value == nanoseconds)
            #expect(GoDuration.text(value) == words)
        } catch {
            #expect(nanoseconds == nil)
            #expect(error.message == words)
        }
    }
}

@Suite struct KeepAliveTests {
    @Test(
        arguments: [
            ("300", .nanoseconds(300_000_000_000)), ("0", .nanoseconds(0)), ("-1", .forever),
            ("1.5", .nanoseconds(1_500_000_000)), ("-0.1", .forever),
            ("1e30", .nanoseconds(9_200_000_000_000_000_000)),
            (#""5m""#, .nanoseconds(300_000_000_000)), (#""-1s""#, .forever),
            (#""0""#, .nanoseconds(0)),
            (#""-1""#, .forever), (#""300""#, .nanoseconds(300_000_000_000)),
        ] as [(String, KeepAlive)]
    )
    func hasManyForms(text: String, value: KeepAlive) throws {
        #expect(try KeepAlive(JSONValue(parsing: text.utf8)) == value)
    }

    @Test(arguments: [
        ("true", "Unsupported type: 'bool'"), ("{}", "Unsupported type: 'map[string]interface {}'"),
        ("[]", "Unsupported type: '[]interface {}'"),
        (#""1h30""#, #"time: missing unit in duration "1h30""#),
        (#""soon""#, #"time: invalid duration "soon""#), (#""""#, #"time: invalid duration """#),
    ])
    func othersAreRefusedAsOllamaDoes(text: String, message: String) throws {
        let json = try JSONValue(parsing: text.utf8)
        let error = #expect(throws: ParameterError.self) { try KeepAlive(json) }
        #expect(error?.message == message)
    }
}

@Suite struct GenerationOptionsTests {
    private func options(_ text: String) throws -> GenerationOptions {
        try GenerationOptions(try #require(try JSONValue(parsing: text.utf8).objectValue))
    }

    @Test func typesAreCheckedAndUnknownNamesNoted() throws {
        let given = try options(
            """
            {"num_ctx": 4096.9, "temperature": 1, "stop": ["a"], "use_mmap": false, "seed": -1,
             "numa": true, "top_k": null, "grammar": "root ::= \\"a\\""}
            """
        )
        #expect(given.integer("num_ctx") == 4096)
        #expect(given.number("temperature") == 1)
        #expect(given.texts("stop") == ["a"])
        #expect(given.unknown == ["numa"])
        #expect(given.loadTime == ["num_ctx": 4096, "use_mmap": false])
        #expect(given.engineParameters["seed"] == -1)
        #expect(given.engineParameters["num_ctx"] == nil)
        #expect(given.values["top_k"] == nil)
    }

    @Test(arguments: [
        (#"{"num_ctx": "4096"}"#, #"option "num_ctx" must be of type integer"#),
        (#"{"num_ctx": 1e300}"#, #"option "num_ctx" must be of type integer"#),
        (#"{"temperature": "hot"}"#, #"option "temperature" must be of type float32"#),
        (#"{"use_mmap": 1}"#, #"option "use_mmap" must be of type boolean"#),
        (#"{"stop": "a"}"#, #"option "stop" must be of type array"#),
        (#"{"stop": [1]}"#, #"option "stop" must be of an array of strings"#),
        (#"{"grammar": 1}"#, #"option "grammar" must be of type string"#),
        (#"{"logit_bias": 1}"#, #"option "logit_bias" must be of type object"#),
        (#"{"logit_bias": {"1": "x"}}"#, #"option "logit_bias" must have a number for each token"#),
        (
            #"{"logit_bias": {"1": true}}"#,
            #"option "logit_bias" must have a number for each token"#
        ),
        (#"{"logit_bias": [[1]]}"#, #"option "logit_bias" must have pairs of token and number"#),
        (#"{"logit_bias": [1, 2]}"#, #"option "logit_bias" must have pairs of token and number"#),
        (
            #"{"logit_bias": [[1.5, 2]]}"#,
            #"option "logit_bias" must have pairs of token and number"#
        ),
        (#"{"seed": 9223372036854775808.0}"#, #"option "seed" must be of type integer"#),
    ])
    func wrongTypesAreRefusedAsOllamaDoes(text: String, message: String) throws {
        let error = #expect(throws: ParameterError.self) { try options(text) }
        #expect(error?.message == message)
    }

    @Test func theLargestWholeNumbersAreTaken() throws {
        let given = try options(#"{"seed": 9223372036854775807, "num_keep": -9223372036854775808}"#)
        #expect(given.integer("seed") == .max)
        #expect(given.integer("num_keep") == .min)
    }

    @Test func biasesHaveTheirForms() throws {
        let texts = [
            #"{"15": 1.5, "a": false}"#, #"[[15, 1.5], ["a", false], [7, -1]]"#, "{}", "[]",
        ]
        for text in texts {
            #expect(try options("{\"logit_bias\": \(text)}").values["logit_bias"] != nil)
        }
    }

    @Test func stopTextsAreBounded() throws {
        func stop(_ count: Int, of length: Int) -> String {
            let text = "\"" + String(repeating: "é", count: length) + "\""
            return "{\"stop\": [\(Array(repeating: text, count: count).joined(separator: ","))]}"
        }
        #expect(try options(stop(64, of: 1000)).texts("stop")?.count == 64)
        let many = #expect(throws: ParameterError.self) { try options(stop(65, of: 1)) }
        #expect(many?.message == #"option "stop" must have at most 64 strings"#)
        let long = #expect(throws: ParameterError.self) { try options(stop(1, of: 1001)) }
        #expect(long?.message == #"option "stop" must have strings of at most 1000 characters"#)
    }

    @Test func whatARequestSaysGoesFirst() throws {
        let model = try options(#"{"temperature": 0.1, "num_predict": 7, "stop": ["m"]}"#)
        let both = try options(#"{"temperature": 0.9}"#).falling(backTo: model)
        #expect(both.number("temperature") == 0.9)
        #expect(both.engineParameters["n_predict"] == 7)
        #expect(both.texts("stop") == ["m"])
    }
}
