import JSON
import Testing
import VocabularyClient
import VocabularyProtocol

/// Tokens are those that the engine makes of the same texts.
@Suite struct AgreementTests {
    private static let texts = [
        "", " ", "  ", "\n", "\t\r\n", "a", "What is 3 plus 4?", " leading and trailing ",
        "two  blanks   three", "MiXeD CaSe 0123456789", "naïve café Ångström", "Привет, мир",
        "漢字かな交じり文", "مرحبا", "👩‍👩‍👧‍👦 and 🇩🇪",
        "e\u{301} and é", "\u{feff}bom", "a\u{0}b", "\u{1}\u{7f}",
        "<s>", "</s>", "<unk>", "<|im_start|>user\nHi<|im_end|>\n", "<|user|>", "<0x41>",
        "▁underline▁", "x<s>y</s>z", String(repeating: "long ", count: 500),
    ]

    @Test func tokenizesAsTheEngine() async throws {
        let engine = try await LlamaServer(model: Demo.file)
        try await withVocabulary { client in
            for text in Self.texts {
                for (adds, parses) in [(false, false), (false, true), (true, false), (true, true)] {
                    let theirs = try await engine.post(
                        "/tokenize",
                        [
                            "content": .string(text), "add_special": .bool(adds),
                            "parse_special": .bool(parses),
                        ]
                    )
                    let expected = try #require(theirs["tokens"]?.arrayValue).map(\.integerValue)
                    let tokens = try await client.tokenize(
                        text,
                        model: Demo.file,
                        addSpecial: adds,
                        parseSpecial: parses
                    )
                    #expect(tokens == expected, "\(text.debugDescription) \(adds) \(parses)")
                    let count = try await client.count(
                        text,
                        model: Demo.file,
                        addSpecial: adds,
                        parseSpecial: parses
                    )
                    #expect(count == tokens.count)
                }
            }
        }
    }

    @Test func writesTokensAsTheEngine() async throws {
        let engine = try await LlamaServer(model: Demo.file)
        try await withVocabulary { client in
            let size = try await client.describe(model: Demo.file).size
            var lists = [[], [0], Array(0..<min(size, 20)), Array(0..<size).reversed()]
            for text in Self.texts {
                let tokens = try await client.tokenize(
                    text,
                    model: Demo.file,
                    addSpecial: true,
                    parseSpecial: true
                )
                lists += [tokens, Array(tokens.dropFirst()), Array(tokens.dropLast())]
            }
            for tokens in lists {
                let theirs = try await engine.post(
                    "/detokenize",
                    ["tokens": .array(tokens.map { JSONValue($0) })]
                )
                let text = try await client.detokenize(tokens, model: Demo.file)
                #expect(text == theirs["content"]?.stringValue, "\(tokens.prefix(40))")
            }
        }
    }

    @Test func tokenizesAMegabyteAsTheEngine() async throws {
        let engine = try await LlamaServer(model: Demo.file)
        let piece = "The quick brown fox says \"naïve 漢字\" 42 times,\n and <s> is no token here. "
        let text = String(repeating: piece, count: (1 << 20) / piece.utf8.count + 1)
        let theirs = try await engine.post(
            "/tokenize",
            ["content": .string(text), "parse_special": false]
        )
        let expected = try #require(theirs["tokens"]?.arrayValue).map(\.integerValue)
        try await withVocabulary {
            // Debug builds read long frames slowly.
            $0.timeLimit = .seconds(60)
        } _: { client in
            let tokens = try await client.tokenize(
                text,
                model: Demo.file,
                addSpecial: false,
                parseSpecial: false
            )
            #expect(tokens == expected)
            #expect(try await client.count(text) == expected.count)
        }
    }

    @Test func describesTheVocabulary() async throws {
        let engine = try await LlamaServer(model: Demo.file)
        try await withVocabulary { client in
            let description = try await client.describe(model: Demo.file)
            let theirs = try await engine.post(
                "/tokenize",
                ["content": "", "add_special": true]
            )
            let added = try #require(theirs["tokens"]?.arrayValue).map(\.integerValue)
            #expect(description.addsBeginning ? added == [description.beginning] : added.isEmpty)
            #expect(description.end.map { $0 < description.size } == true)
        }
    }
}
