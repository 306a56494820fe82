import Glibc
import POSIX
import Sandboxing
import TestKit
import Testing
import VocabularyClient
import VocabularyProtocol

/// Files that cannot be used harm one request and nothing else.
@Suite struct FileTests {
    private struct Case: Sendable {
        let name: String
        let bytes: [UInt8]

        init(_ name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }

        init(_ name: String, _ others: [(key: String, value: GGUFBytes.Value?)]) {
            self.init(name, bytes: GGUFBytes.vocabulary(others).bytes)
        }
    }

    private static let huge: UInt64 = 1 << 60
    private static let hostile: [Case] = [
        Case("nothing", bytes: []), Case("magic alone", bytes: Array("GGUF".utf8)),
        Case("zeros", bytes: [UInt8](repeating: 0, count: 4096)),
        Case("text", bytes: Array(String(repeating: "GGUF is no format\n", count: 100).utf8)),
        Case("another version", bytes: GGUFBytes(version: 99).bytes),
        Case("no entries", bytes: GGUFBytes().bytes),
        Case("many entries", bytes: GGUFBytes(entryCount: huge).bytes),
        Case("all entries", bytes: GGUFBytes(entryCount: .max).bytes),
        Case("many tensors", bytes: GGUFBytes(tensorCount: huge).bytes),
        Case("negative tensors", bytes: GGUFBytes(tensorCount: .max).bytes),
        Case("many tokens", [("tokenizer.ggml.tokens", .texts(["a"], count: huge))]),
        Case("too many tokens", [("tokenizer.ggml.tokens", .texts(["a"], count: 1 << 24))]),
        Case("long text", [("general.name", .init(type: 8, bytes: little(UInt64.max)))]),
        Case("large list", [("general.tags", .list(type: 4, huge, [0, 0]))]),
        Case("lists in lists", [("general.tags", .list(type: 9, 4, []))]),
        Case("unknown type", [("general.name", .init(type: 77, bytes: [1]))]),
        Case("unknown architecture", [("general.architecture", .text("nonesuch"))]),
        Case("projector", [("general.architecture", .text("clip"))]),
        Case("no tokens", [("tokenizer.ggml.tokens", nil)]),
        Case("empty tokens", [("tokenizer.ggml.tokens", .texts([]))]),
        Case("tokens that are numbers", [("tokenizer.ggml.tokens", .int32s([1, 2]))]),
        Case("too few scores", [("tokenizer.ggml.scores", .floats([1]))]),
        Case("too few types", [("tokenizer.ggml.token_type", .int32s([1]))]),
        Case("unknown tokenizer", [("tokenizer.ggml.model", .text("nonesuch"))]),
        Case("no tokenizer", [("tokenizer.ggml.model", .text("none"))]),
        Case("merges are missing", [("tokenizer.ggml.model", .text("gpt2"))]),
        Case(
            "unknown splitting",
            [
                ("tokenizer.ggml.model", .text("gpt2")),
                ("tokenizer.ggml.merges", .texts(["a b"])),
                ("tokenizer.ggml.pre", .text("nonesuch\u{7}\n")),
            ]
        ),
        Case("a list for a text", [("tokenizer.ggml.model", .texts(["llama"]))]),
        Case("split in many", [("split.count", .init(type: 2, bytes: [255, 255]))]),
    ]

    @Test func refusesBrokenFilesAndGoesOn() async throws {
        let folder = TemporaryFolder()
        try await withVocabulary(readable: [folder.path]) { client in
            let expected = try await client.count("What is 3 plus 4?")
            let first = await client.processID
            for entry in Self.hostile {
                let file = folder.file("broken.gguf")
                try Files.replace(file, with: entry.bytes)
                let error = await #expect(throws: VocabularyError.self, "\(entry.name)") {
                    try await client.count("a", file: file)
                }
                #expect(error?.code == .invalidModel, "\(entry.name): \(error?.message ?? "")")
                #expect(try await client.count("What is 3 plus 4?") == expected, "\(entry.name)")
            }
            #expect(await client.processID == first)
        }
    }

    @Test func refusesAFileThatIsCutAnywhereInItsHeader() async throws {
        let folder = TemporaryFolder()
        let whole = try Files.read(Demo.file)
        let file = folder.file("cut.gguf")
        try await withVocabulary(readable: [folder.path]) { client in
            let first = try await processID(of: client)
            // The header has some ten thousand bytes; beyond it come the weights.
            for count in stride(from: 0, to: 8192, by: 251) {
                try Files.replace(file, with: Array(whole.prefix(count)))
                let error = await #expect(throws: VocabularyError.self) {
                    try await client.count("a", file: file)
                }
                #expect(error?.code == .invalidModel, "\(count) bytes: \(error?.message ?? "")")
            }
            #expect(await client.processID == first)
        }
    }

    private func processID(of client: VocabularyClient) async throws -> Int32? {
        _ = try await client.count("a")
        return await client.processID
    }

    @Test func refusesWhatIsNoFile() async throws {
        let folder = TemporaryFolder()
        // Opening this one would wait for somebody who writes.
        #expect(mkfifo(folder.file("pipe.gguf"), 0o600) == 0)
        try await withVocabulary(readable: [folder.path]) { client in
            for path in [folder.file("absent.gguf"), folder.path, folder.file("pipe.gguf")] {
                let error = await #expect(throws: VocabularyError.self) {
                    try await client.count("a", file: path)
                }
                #expect(error?.code == .invalidModel, "\(path)")
            }
            for path in ["", "demo.gguf", "/a\u{0}b"] {
                let error = await #expect(throws: VocabularyError.self) {
                    try await client.count("a", file: path)
                }
                #expect(error?.code == .badRequest, "\(path)")
            }
        }
    }

    @Test func readsOnlyWhereItMay() async throws {
        let folder = TemporaryFolder()
        try Files.replace(folder.file("demo.gguf"), with: try Files.read(Demo.file))
        try await withVocabulary { client in
            let expected = try await client.count("hello")
            let holds = await client.sandbox?.active.contains(.landlock) == true
            do {
                let count = try await client.count("hello", file: folder.file("demo.gguf"))
                #expect(!holds)
                #expect(count == expected)
            } catch let error as VocabularyError {
                #expect(holds)
                #expect(error.code == .invalidModel)
            }
        }
    }

    @Test func saysSoWhenAVocabularyHasNoTokenForAText() async throws {
        let folder = TemporaryFolder()
        let file = folder.file("few.gguf")
        try Files.replace(file, with: GGUFBytes.vocabulary().bytes)
        try await withVocabulary(readable: [folder.path]) { client in
            let count = try await client.count("ab a", file: file)
            #expect(count > 0)
            let first = await client.processID
            let error = await #expect(throws: VocabularyError.self) {
                try await client.count("漢", file: file)
            }
            #expect(error?.code == .badRequest)
            #expect(await client.processID == first)
        }
    }

    @Test func survivesATextThatEndsTheProcess() async throws {
        let folder = TemporaryFolder()
        let file = folder.file("regex.gguf")
        let entries: [(key: String, value: GGUFBytes.Value?)] = [
            ("tokenizer.ggml.model", .text("gpt2")), ("tokenizer.ggml.merges", .texts(["a a"])),
            ("tokenizer.ggml.pre", .text("deepseek-coder")),
            ("tokenizer.ggml.tokens", .texts(["a", "aa", "<s>", "</s>"])),
            ("tokenizer.ggml.token_type", .int32s([1, 1, 3, 3])), ("tokenizer.ggml.scores", nil),
        ]
        try Files.replace(file, with: GGUFBytes.vocabulary(entries).bytes)
        try await withVocabulary(readable: [folder.path]) { client in
            let pairs = try await client.count(String(repeating: "a", count: 1000), file: file)
            #expect(pairs == 500)
            do {
                // More than the stack of today's library holds; a later one may manage.
                let text = String(repeating: "a", count: 200_000)
                let count = try await client.count(text, file: file)
                #expect(count == 100_000)
            } catch let error as VocabularyError {
                #expect(error.code == .crashed)
            }
            let count = try await client.count("aaa", file: file)
            #expect(count == 2)
        }
    }

    @Test func readsAFileAgainThatWasReplaced() async throws {
        let folder = TemporaryFolder()
        let file = folder.file("model.gguf")
        try Files.replace(file, with: GGUFBytes.vocabulary().bytes)
        try await withVocabulary(readable: [folder.path]) { client in
            #expect(try await client.describe(model: file).size == 10)
            try Files.replace(file, with: try Files.read(Demo.file))
            let size = try await client.describe(model: Demo.file).size
            #expect(try await client.describe(model: file).size == size)
        }
    }

    @Test func servesMoreFilesThanItKeeps() async throws {
        let folder = TemporaryFolder()
        let files = (0..<5).map { folder.file("\($0).gguf") }
        let bytes = try Files.read(Demo.file)
        for file in files { try Files.replace(file, with: bytes) }
        try await withVocabulary(readable: [folder.path]) {
            $0.vocabularies = 2
        } _: { client in
            let expected = try await client.count("What is 3 plus 4?")
            for file in files + files.reversed() {
                #expect(try await client.count("What is 3 plus 4?", file: file) == expected)
            }
        }
    }
}
