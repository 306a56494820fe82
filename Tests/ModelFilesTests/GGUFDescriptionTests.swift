import POSIX
import TestKit
import Testing

@testable import ModelFiles

@Suite struct GGUFDescriptionTests {
    private let folder = TemporaryFolder()

    private static let small = GGUFBytes(
        entries: [
            ("general.architecture", .text("llama")),
            ("tokens", .texts(["a", "bc"])), ("numbers", .uint32s([1, 2])),
            ("lists", .array([.uint32s([3]), .texts(["x"])], type: 9)),
        ],
        tensors: [
            GGUFBytes.Tensor("token_embd.weight", [128, 1024], type: 8),
            GGUFBytes.Tensor("blk.0.attn_norm.weight", [128]), GGUFBytes.Tensor("scalar", []),
        ]
    )

    private func problem(_ file: GGUFBytes) -> HeaderError? {
        #expect(throws: HeaderError.self) { try GGUFDescription(parsing: file.bytes) }
    }

    @Test func describesTensors() throws {
        let file = try GGUFDescription(parsing: Self.small.bytes)
        #expect(file.tensors.map(\.name) == Self.small.tensors.map(\.name))
        #expect(file.tensors.map(\.shape) == [[128, 1024], [128], []])
        #expect(file.tensors.map(\.type.name) == ["Q8_0", "F32", "F32"])
        #expect(file.parameterCount == 128 * 1024 + 128 + 1)
        #expect(file.tensor("scalar")?.elements == 1)
        #expect(file.tensor("other") == nil)
        #expect(file.hasTensors(startingWith: "blk.0."))
        #expect(!file.hasTensors(startingWith: "v."))
    }

    @Test func keepsListsWhenAskedTo() throws {
        let short = try GGUFDescription(parsing: Self.small.bytes).header
        #expect(short.entries["tokens"]?.value == .array(count: 2))
        #expect(short.entries["tokens"]?.elements == .text)
        #expect(short.entries["lists"]?.value == .array(count: 2))
        let whole = try GGUFDescription(parsing: Self.small.bytes, lists: .whole).header
        #expect(whole.entries["tokens"]?.value == .list([.text("a"), .text("bc")]))
        #expect(whole.entries["numbers"]?.value == short.entries["numbers"]?.value)
        let inner: [GGUFValue] = [.list([.unsigned(3)]), .list([.text("x")])]
        #expect(whole.entries["lists"]?.value == .list(inner))
        #expect(whole.entries["lists"]?.elements == .array)
        #expect(whole.end == short.end)
    }

    @Test func keepsNoMoreElementsThanThereIsRoomFor() throws {
        let file = GGUFBytes(entries: [
            ("a", .texts(["1", "2", "3"])), ("b", .texts(["4", "5"])), ("c", .texts(["6"])),
        ])
        let reader = GGUFReader(HeaderReader(bytes: file.bytes), keepsLists: true, mostElements: 4)
        let header = try reader.header()
        #expect(header.entries["a"]?.value.elementCount == 3)
        #expect(header.entries["b"]?.value == .array(count: 2))
        #expect(header.entries["c"]?.value == .list([.text("6")]))
    }

    @Test func refusesAbsurdTensors() {
        func file(_ tensor: GGUFBytes.Tensor) -> GGUFBytes { GGUFBytes(tensors: [tensor]) }
        let deep = problem(file(GGUFBytes.Tensor("t", [1, 1, 1, 1, 1])))
        #expect(deep?.problem == .tooMany(what: "dimensions", count: 5, most: 4))
        for shape in [[.max], [1 << 32, 1 << 32], [1 << 62, 2, 0]] as [[UInt64]] {
            let absurd = problem(file(GGUFBytes.Tensor("t", shape)))
            #expect(absurd?.problem == .invalid("a tensor of this shape"))
        }
        let long = String(repeating: "n", count: GGUFReader.longestName + 1)
        #expect(problem(file(GGUFBytes.Tensor(long)))?.description.contains("1025 bytes") == true)
        var many = GGUFBytes(tensorCount: UInt64(GGUFReader.mostTensors + 1))
        many.entries = [("room", .text(String(repeating: "x", count: 1 << 20)))]
        many.entries += (0..<3).map { ("\($0)", many.entries[0].value) }
        let most = GGUFReader.mostTensors
        let expected = HeaderError.Problem.tooMany(
            what: "tensors",
            count: UInt64(most + 1),
            most: most
        )
        #expect(problem(many) == HeaderError(expected, at: 8))
    }

    @Test func sumsThatAreTooLargeAreTheLargest() throws {
        let tensor = GGUFBytes.Tensor("t", [1 << 62])
        let file = try GGUFDescription(parsing: GGUFBytes(tensors: [tensor, tensor]).bytes)
        #expect(file.parameterCount == .max)
    }

    @Test(arguments: [GGUFDescription.Lists.short, .whole])
    func refusesEveryTruncation(lists: GGUFDescription.Lists) {
        let bytes = Self.small.bytes
        for count in 0..<bytes.count {
            let error = #expect(throws: HeaderError.self) {
                try GGUFDescription(parsing: Array(bytes.prefix(count)), lists: lists)
            }
            #expect((error?.offset ?? .max) <= count)
        }
    }

    @Test(arguments: [0, 1, 0x7F, 0x80, 0xFF] as [UInt8])
    func survivesEveryWrongByte(byte: UInt8) {
        let bytes = Self.small.bytes
        for index in bytes.indices {
            var broken = bytes
            broken[index] = byte
            do throws(HeaderError) {
                _ = try GGUFDescription(parsing: broken, lists: .whole)
            } catch {
                #expect(error.offset <= bytes.count)
            }
        }
    }

    /// The numbers are what the Python package `gguf` 0.19 reads.
    @Test func readsTheDemoModel() throws {
        let path = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        let model = "\(path)/packaging/models/demo/demo.gguf"
        let file = try GGUFDescription(path: model, lists: .whole)
        #expect(file.tensors.count == 38)
        #expect(file.parameterCount == 787_584)
        #expect(file.tensor("blk.0.ffn_down.weight")?.shape == [256, 128])
        #expect(file.tensor("token_embd.weight")?.type.name == "Q8_0")
        #expect(file.header.fileType.flatMap(GGUFFileType.name) == "Q8_0")
        #expect(file.header.chatTemplate?.hasPrefix("{%- for message in messages -%}") == true)
        guard case .list(let tokens)? = file.header.entries["tokenizer.ggml.tokens"]?.value else {
            Issue.record("no tokens")
            return
        }
        #expect(tokens.count == 1024)
        #expect(tokens.prefix(3).map(\.text) == ["<|begin|>", "<|end|>", "<|system|>"])
        let languages = file.header.entries["general.languages"]?.value
        #expect(languages == .list([.text("en")]))
        let epsilon = file.header.entries["llama.attention.layer_norm_rms_epsilon"]?.value
        #expect(epsilon == .real(9.999999747378752e-06))
    }
}

@Suite struct GGUFNamesTests {
    @Test(arguments: [(0, "F32"), (15, "Q4_K_M"), (18, "Q6_K"), (32, "BF16"), (41, "Q2_0")])
    func fileTypesHaveNames(number: Int, name: String) {
        #expect(GGUFFileType.name(number) == name)
    }

    @Test(arguments: [-1, 4, 6, 33, 35, 42, 1024])
    func removedTypesHaveNone(number: Int) {
        #expect(GGUFFileType.name(number) == nil)
    }

    @Test func tensorTypesAreNumbersWhereNobodyNamedThem() {
        #expect(GGUFTensorType(rawValue: 12).name == "Q4_K")
        #expect(GGUFTensorType(rawValue: 39).name == "MXFP4")
        #expect(GGUFTensorType(rawValue: 5).name == "5")
    }

    @Test func partsOfASplitFileKnowEachOther() {
        let part = GGUFPartName("/a/m-00002-of-00003.gguf")
        #expect(part?.number == 2)
        #expect(part?.count == 3)
        #expect(
            part?.all == [
                "/a/m-00001-of-00003.gguf", "/a/m-00002-of-00003.gguf", "/a/m-00003-of-00003.gguf",
            ]
        )
    }

    @Test(arguments: [
        "m.gguf", "m-00001-of-00003.bin", "m-0001-of-00003.gguf", "m-00004-of-00003.gguf",
        "m-00000-of-00003.gguf", "m-00001-of-00000.gguf", "m00001-of-00003.gguf", ".gguf", "",
        "m-+0001-of-00003.gguf",
    ])
    func othersAreNoParts(name: String) {
        #expect(GGUFPartName(name) == nil)
    }
}
