import POSIX
import TestKit
import Testing

@testable import ModelFiles

@Suite struct GGUFHeaderTests {
    private let folder = TemporaryFolder()

    private func problem(_ bytes: [UInt8]) -> HeaderError? {
        #expect(throws: HeaderError.self) { try GGUFHeader(parsing: bytes) }
    }

    private func reading(_ value: GGUFBytes.Value) throws -> GGUFValue? {
        let file = GGUFBytes(entries: [("k", value), ("last", .bool(1))])
        let header = try GGUFHeader(parsing: file.bytes)
        #expect(header.entries["last"]?.value == .bool(true))
        return header.entries["k"]?.value
    }

    @Test(arguments: [2, 3] as [UInt32])
    func readsWhatAModelIs(version: UInt32) throws {
        var file = GGUFBytes.languageModel([
            ("tokenizer.ggml.tokens", .texts(["a", "", "längere"])),
            ("tokenizer.ggml.scores", .uint32s([1, 2, 3])),
        ])
        file.version = version
        let header = try GGUFHeader(parsing: file.bytes)
        #expect(header.version == Int(version))
        #expect(header.tensorCount == 0)
        #expect(header.architecture == "llama")
        #expect(header.name == "Small")
        #expect(header.fileType == 15)
        #expect(header.vocabularySize == 3)
        #expect(header.contextLength == 131_072)
        #expect(header.blockCount == 16)
        #expect(header.embeddingLength == 2048)
        #expect(header.type == nil)
        #expect(header.part == nil)
        #expect(header.end == file.bytes.count)
    }

    @Test(
        arguments: [
            (0, [200], .unsigned(200)), (1, [200], .signed(-56)), (2, [1, 2], .unsigned(513)),
            (3, [0xFE, 0xFF], .signed(-2)), (4, [0, 0, 0, 0x80], .unsigned(1 << 31)),
            (5, [0, 0, 0, 0x80], .signed(-1 << 31)), (6, [0, 0, 0xC0, 0x3F], .real(1.5)),
            (7, [0], .bool(false)), (8, [1, 0, 0, 0, 0, 0, 0, 0, 0x41], .text("A")),
            (10, [0, 0, 0, 0, 0, 0, 0, 0x80], .unsigned(1 << 63)),
            (11, [0, 0, 0, 0, 0, 0, 0, 0x80], .signed(.min)),
            (12, [0, 0, 0, 0, 0, 0, 0xF8, 0xBF], .real(-1.5)),
        ] as [(UInt32, [UInt8], GGUFValue)]
    )
    func readsEveryType(type: UInt32, bytes: [UInt8], value: GGUFValue) throws {
        #expect(try reading(GGUFBytes.Value(type: type, bytes: bytes)) == value)
    }

    @Test func keepsShortListsAndTheLengthOfOthers() throws {
        #expect(try reading(.uint32s([1, 2])) == .list([.unsigned(1), .unsigned(2)]))
        #expect(try reading(.bools([1, 0])) == .list([.bool(true), .bool(false)]))
        #expect(try reading(.uint32s([])) == .list([]))
        #expect(try reading(.uint32s([UInt32](repeating: 1, count: 513))) == .array(count: 513))
        #expect(try reading(.texts(["a", "b"])) == .array(count: 2))
        let inner = GGUFBytes.Value.array([.uint32s([1, 2]), .texts(["x"])], type: 9)
        #expect(try reading(.array([inner], type: 9)) == .array(count: 1))
    }

    @Test func refusesListsThatLieTooDeep() {
        var value = GGUFBytes.Value.uint32s([1])
        for _ in 0..<5 { value = .array([value], type: 9) }
        let error = problem(GGUFBytes(entries: [("k", value)]).bytes)
        #expect(error?.problem == .tooDeep)
    }

    @Test func refusesEveryTruncation() {
        let bytes = GGUFBytes.languageModel([
            ("tokenizer.ggml.tokens", .texts(["a", "bc"])), ("x", .uint32s([1, 2])),
            ("y", .array([.uint32s([3])], type: 9)),
        ]).bytes
        for count in 0..<bytes.count {
            let error = problem(Array(bytes.prefix(count)))
            #expect((error?.offset ?? .max) <= count)
        }
    }

    @Test(arguments: [0, 1, 0x7F, 0x80, 0xFF] as [UInt8])
    func survivesEveryWrongByte(byte: UInt8) {
        let bytes = GGUFBytes.languageModel([
            ("tokenizer.ggml.tokens", .texts(["a", "bc"])), ("x", .uint32s([1, 2])),
            ("y", .array([.uint32s([3])], type: 9)),
        ]).bytes
        for index in bytes.indices {
            var broken = bytes
            broken[index] = byte
            do throws(HeaderError) {
                _ = try GGUFAttention(GGUFHeader(parsing: broken))
            } catch {
                #expect(error.offset <= bytes.count)
            }
        }
    }

    @Test func refusesOtherFilesAndVersions() {
        #expect(problem([])?.problem == .foreign(format: "GGUF"))
        var file = GGUFBytes(magic: Array("FUGG".utf8))
        #expect(problem(file.bytes) == HeaderError(.foreign(format: "GGUF"), at: 0))
        file = GGUFBytes(version: 1)
        #expect(problem(file.bytes) == HeaderError(.unsupportedVersion(1), at: 4))
        file = GGUFBytes(version: 4)
        #expect(problem(file.bytes) == HeaderError(.unsupportedVersion(4), at: 4))
        file = GGUFBytes(version: UInt32(3).byteSwapped)
        #expect(problem(file.bytes) == HeaderError(.bigEndian, at: 4))
    }

    @Test func refusesAbsurdNumbers() {
        #expect(problem(GGUFBytes(tensorCount: .max).bytes)?.offset == 8)
        #expect(problem(GGUFBytes(tensorCount: 1).bytes) == HeaderError(.endsEarly, at: 8))
        let most = GGUFReader.mostEntries
        let tooMany = HeaderError.Problem.tooMany(what: "entries", count: .max, most: most)
        #expect(problem(GGUFBytes(entryCount: .max).bytes) == HeaderError(tooMany, at: 16))
        #expect(problem(GGUFBytes(entryCount: 1).bytes) == HeaderError(.endsEarly, at: 16))
        for type in [0, 4, 8, 9, 12] as [UInt32] {
            for count in [1, UInt64(Int.max), .max] {
                let list = GGUFBytes.Value.array([], type: type, count: count)
                #expect(problem(GGUFBytes(entries: [("k", list)]).bytes)?.offset == 41)
            }
        }
        let text = GGUFBytes.Value(type: 8, bytes: little(UInt64(1 << 20) + 1))
        #expect(
            problem(GGUFBytes(entries: [("k", text)]).bytes)?.description
                == "at byte 37: 1048577 bytes of a text, 1048576 are the most"
        )
        let key = String(repeating: "k", count: 65_536)
        #expect(problem(GGUFBytes(entries: [(key, .bool(1))]).bytes)?.offset == 24)
    }

    @Test func refusesWhatTheFormatDoesNotHave() {
        var file = GGUFBytes(entries: [("k", GGUFBytes.Value(type: 13, bytes: [0]))])
        #expect(problem(file.bytes) == HeaderError(.invalid("a value of type 13"), at: 33))
        file = GGUFBytes(entries: [("k", .bool(2))])
        #expect(problem(file.bytes) == HeaderError(.invalid("a truth value of 2"), at: 37))
        file = GGUFBytes(entries: [("k", .bool(1)), ("k", .bool(1))])
        #expect(problem(file.bytes) == HeaderError(.invalid("a second 'k'"), at: 38))
    }

    @Test func readsFilesInPiecesAsItReadsBytes() throws {
        let tokens = (0..<6000).map { "token \($0)" }
        let bytes = GGUFBytes.languageModel([
            ("template", .text(String(repeating: "{{ x }}", count: 5000))),
            ("tokens", .texts(tokens)),
            ("scores", .uint32s([UInt32](repeating: 3, count: 20_000))),
            ("last", .text("end")),
        ]).bytes
        let path = folder.file("model")
        try Files.replace(path, with: bytes)
        let header = try GGUFHeader(path: path)
        #expect(try header == GGUFHeader(parsing: bytes))
        #expect(header.entries["last"]?.value.text == "end")
        let error = #expect(throws: HeaderError.self) {
            try GGUFReader(HeaderReader(path: path, walkLimit: 60_000)).header()
        }
        #expect(error?.problem == .tooLong(most: 60_000))
        for count in stride(from: 0, to: bytes.count, by: 16_384) {
            try Files.replace(path, with: Array(bytes.prefix(count)))
            #expect(throws: HeaderError.self) { try GGUFHeader(path: path) }
        }
    }

    @Test func saysWhatCannotBeOpened() throws {
        let error = #expect(throws: HeaderError.self) { try GGUFHeader(path: folder.file("x")) }
        let reason = "open '\(folder.file("x"))': No such file or directory"
        #expect(error?.description == "at byte 0: \(reason)")
        #expect(throws: HeaderError.self) { try GGUFHeader(path: folder.path) }
    }
}
