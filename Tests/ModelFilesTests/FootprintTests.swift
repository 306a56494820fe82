import Glibc
import POSIX
import TestKit
import Testing

@testable import ModelFiles

@Suite struct FootprintTests {
    private let folder = TemporaryFolder()
    /// What a small model has with 8192 tokens: 16 layers × 8192 tokens × 8 heads × (64 + 64) × 2
    /// bytes.
    private let cacheOfSmallModel = 268_435_456

    /// Writes a file and lets it end after so many bytes, of which the disk holds none.
    private func file(_ name: String, _ bytes: [UInt8], size: Int? = nil) throws -> String {
        let path = folder.file(name)
        try Files.replace(path, with: bytes)
        if let size { try #require(truncate(path, off_t(size)) == 0) }
        return path
    }

    private func estimate(
        _ others: [(key: String, value: GGUFBytes.Value)] = [],
        _ settings: Footprint.Settings = Footprint.Settings(contextLength: 8192)
    ) throws -> Footprint {
        let path = try file("model.gguf", GGUFBytes.languageModel(others).bytes, size: 1 << 30)
        let footprint = Footprint.estimate(files: [path], settings: settings)
        #expect(footprint.note == nil)
        return footprint
    }

    @Test func addsWeightsCacheWorkingMemoryAndProcess() throws {
        let footprint = try estimate()
        #expect(footprint.weights == 1 << 30)
        #expect(footprint.caches == cacheOfSmallModel)
        // 512 tokens × (4 × (128,256 entries + 8 rows × 2048) + 6 × 8192 tokens of context).
        #expect(footprint.working == 321_388_544)
        #expect(footprint.process == 100_000_000)
        #expect(footprint.bytes == 1_073_741_824 + 268_435_456 + 321_388_544 + 100_000_000)
    }

    @Test(
        arguments: [
            (.f32, 536_870_912), (.f16, 268_435_456), (.bf16, 268_435_456), (.q8, 142_606_336),
            (.q5WithOffset, 100_663_296), (.q5, 92_274_688), (.q4WithOffset, 83_886_080),
            (.q4, 75_497_472), (.iq4, 75_497_472),
        ] as [(CacheType, Int)]
    )
    func cachesByHowTheyAreKept(type: CacheType, bytes: Int) throws {
        var settings = Footprint.Settings(contextLength: 8192, keys: type, values: type)
        #expect(try estimate([], settings).caches == bytes)
        settings.values = .f16
        #expect(try estimate([], settings).caches == (bytes + cacheOfSmallModel) / 2)
        #expect(CacheType(rawValue: type.rawValue) == type)
    }

    @Test func growsWithSlotsAndContext() throws {
        var settings = Footprint.Settings(contextLength: 8192, slots: 4)
        #expect(try estimate([], settings).caches == 4 * cacheOfSmallModel)
        settings.extraCacheBytes = 1000
        #expect(try estimate([], settings).caches == 4 * cacheOfSmallModel + 1000)
        // The model's own 131,072 tokens.
        #expect(try estimate([], Footprint.Settings()).caches == 16 * cacheOfSmallModel)
        settings = Footprint.Settings(contextLength: 7937)
        #expect(try estimate([], settings).caches == cacheOfSmallModel)
        settings.contextLength = 7936
        #expect(try estimate([], settings).caches == cacheOfSmallModel / 8192 * 7936)
    }

    @Test func boundsTheCacheOfWindowedLayers() throws {
        let half = (0..<16).map { UInt8($0 % 2) }
        let window: (key: String, value: GGUFBytes.Value) =
            ("llama.attention.sliding_window", .uint32(1000))
        let marks: (key: String, value: GGUFBytes.Value) =
            ("llama.attention.sliding_window_pattern", .bools(half))
        // Room for 1000 and a batch of 512, in steps of 256.
        let bytesOfCell = cacheOfSmallModel / 8192 / 16
        #expect(try estimate([window, marks]).caches == bytesOfCell * 8 * (8192 + 1536))
        #expect(try estimate([window]).caches == cacheOfSmallModel)
        #expect(try estimate([marks]).caches == cacheOfSmallModel)
        let short = Footprint.Settings(contextLength: 512)
        #expect(try estimate([window, marks], short).caches == bytesOfCell * 16 * 512)
    }

    @Test func modelsThatOnlyEmbedKeepNothing() throws {
        let footprint = try estimate([("llama.attention.causal", .bool(0))])
        #expect(footprint.caches == 0)
        #expect(footprint.working == 512 * (4 * 8 * 2048 + 6 * 8192))
    }

    @Test func countsPartsProjectorsAndAdaptersOnce() throws {
        let part = GGUFBytes(entries: [("split.no", .uint32(1))])
        let adapter = GGUFBytes(entries: [
            ("general.architecture", .text("llama")), ("general.type", .text("adapter")),
        ])
        let projector = GGUFBytes(entries: [("general.architecture", .text("clip"))])
        let files = [
            try file("template.jinja", [UInt8](repeating: 0x20, count: 10)),
            try file("b.gguf", part.bytes, size: 2000), try file("c", adapter.bytes, size: 300),
            try file("d", projector.bytes, size: 40_000),
            try file("a.gguf", GGUFBytes.languageModel().bytes, size: 500_000),
        ]
        let settings = Footprint.Settings(contextLength: 8192)
        let footprint = Footprint.estimate(files: files, settings: settings)
        #expect(footprint.note == nil)
        #expect(footprint.weights == 542_310)
        #expect(footprint.caches == cacheOfSmallModel)
        #expect(footprint.working == 321_388_544 + 40_000)
        #expect(footprint.process == 100_000_000)
    }

    @Test func countsAHefByItsGroups() throws {
        let plain = HEFBytes(description: HEFBytes.description(groups: [HEFBytes.group("g")])).bytes
        var footprint = Footprint.estimate(files: [try file("a", plain)])
        #expect(footprint.note == nil)
        #expect(footprint.bytes == plain.count + 16_000_000 + 60_000_000)
        let groups = [HEFBytes.group("p", edgeType: 3), HEFBytes.group("s")]
        let model = HEFBytes(description: HEFBytes.description(groups: groups)).bytes
        footprint = Footprint.estimate(files: [try file("b.hef", model)])
        #expect(footprint.bytes == model.count + 2 * 16_000_000 + 120_000_000 + 60_000_000)
    }

    @Test func takesThreeTimesTheSizeOfOtherFiles() throws {
        #expect(Footprint.estimate(files: []).bytes == 60_000_000)
        let files = try [file("a.onnx", [1, 2]), file("b.xml", []), file("c", [], size: 998)]
        let footprint = Footprint.estimate(files: files)
        #expect(footprint.bytes == 60_003_000)
        #expect(footprint.note == nil)
    }

    @Test func saysWhyAHeaderWasNotUsed() throws {
        let broken = try file("broken.gguf", Array("GGUF".utf8), size: 1000)
        var footprint = Footprint.estimate(files: [broken])
        #expect(footprint.bytes == 60_003_000)
        #expect(footprint.note == "'\(broken)': at byte 4: version 0 is not supported")

        let other = try file("other.hef", [1, 2, 3])
        footprint = Footprint.estimate(files: [other])
        #expect(footprint.note == "'\(other)': at byte 0: this is not a HEF file")
        #expect(footprint.bytes == 60_000_009)

        let missing = folder.file("missing")
        footprint = Footprint.estimate(files: [missing])
        #expect(footprint.note?.contains("No such file") == true)
        #expect(footprint.bytes == 60_000_000)

        let bare = GGUFBytes(entries: [("general.architecture", .text("llama"))])
        footprint = Footprint.estimate(files: [try file("bare", bare.bytes)])
        #expect(footprint.note?.contains("'llama.block_count' is missing") == true)
    }

    @Test func endsWhereNumbersMakeNoSense() throws {
        let footprint = try estimate(
            [
                ("llama.attention.key_length", .uint32(.max)),
                ("llama.embedding_length", GGUFBytes.Value(type: 10, bytes: little(Int64.max))),
            ],
            Footprint.Settings(contextLength: .max, slots: .max, extraCacheBytes: .max)
        )
        #expect(footprint.caches == 1 << 53)
        #expect(footprint.bytes == 1 << 53)
        let negative = Footprint.Settings(contextLength: -1, slots: -1, batch: -1)
        #expect(try estimate([], negative).bytes >= 1 << 30)
    }

    @Test func llamaServersArgumentsAreRead() {
        let settings = Footprint.Settings(arguments: [
            "--model", "x.gguf", "-c", "4096", "-np", "4", "--cache-type-k", "q8_0", "-ub", "128",
            "--cache-ram", "256",
        ])
        #expect(settings.contextLength == 4096)
        #expect(settings.slots == 1, "the context is for all slots together")
        #expect(settings.keys == .q8 && settings.values == .f16)
        #expect(settings.batch == 128)
        #expect(settings.extraCacheBytes == 256 << 20)
    }

    @Test func whatLlamaServerDoesByItselfIsKnown() {
        for arguments in [[], ["-c", "0", "--cache-ram", "-1"], ["-c"], ["--ctx-size", "many"]] {
            let settings = Footprint.Settings(arguments: arguments)
            #expect(settings.contextLength == nil)
            #expect(settings.batch == 512)
            #expect(settings.extraCacheBytes == 8 << 30)
        }
    }
}
