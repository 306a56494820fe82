import TestKit
import Testing

@testable import ModelFiles

@Suite struct GGUFAttentionTests {
    private func attention(
        _ others: [(key: String, value: GGUFBytes.Value)]
    ) throws(HeaderError) -> GGUFAttention {
        try GGUFAttention(GGUFHeader(parsing: GGUFBytes.languageModel(others).bytes))
    }

    private func without(_ key: String) throws(HeaderError) -> GGUFAttention {
        var file = GGUFBytes.languageModel()
        file.entries.removeAll { $0.key == key }
        return try GGUFAttention(GGUFHeader(parsing: file.bytes))
    }

    @Test func takesOneNumberForAllLayers() throws {
        let attention = try attention([])
        #expect(attention.layers.count == 16)
        #expect(attention.layers.allSatisfy { $0.keptHeads == 8 && !$0.isWindowed })
        #expect(attention.headCount == 32)
        #expect(attention.isCausal)
        #expect(attention.window == nil)
    }

    @Test func takesANumberForEachLayer() throws {
        let attention = try attention([
            ("llama.block_count", .uint32(3)),
            ("llama.attention.head_count", .uint32s([32, 0, 16])),
            ("llama.attention.head_count_kv", .array([.int32(8), .int32(0), .int32(4)], type: 5)),
            ("llama.attention.sliding_window", .uint32(512)),
            ("llama.attention.sliding_window_pattern", .bools([1, 0, 1])),
            ("llama.attention.key_length_swa", .uint32(32)),
        ])
        #expect(attention.layers.map(\.keptHeads) == [8, 0, 4])
        #expect(attention.layers.map(\.isWindowed) == [true, false, true])
        #expect(attention.layers.map(\.keyLength) == [32, 64, 32])
        #expect(attention.layers.map(\.valueLength) == [64, 64, 64])
        #expect(attention.headCount == 32)
        #expect(attention.window == 512)
    }

    @Test func fillsInWhatTheFormatLetsOut() throws {
        #expect(try without("llama.attention.head_count_kv").layers[0].keptHeads == 32)
        #expect(try without("llama.attention.key_length").layers[0].keyLength == 2048 / 32)
        #expect(try without("llama.attention.value_length").layers[0].valueLength == 2048 / 32)
        #expect(try attention([("llama.attention.sliding_window", .uint32(0))]).window == nil)
        let shared = try attention([("llama.attention.shared_kv_layers", .uint32(10))])
        #expect(shared.layers.map(\.keptHeads).reduce(0, +) == 6 * 8)
        let encoder = try attention([("llama.attention.causal", .bool(0))])
        #expect(!encoder.isCausal)
    }

    @Test func leavesNetworksWithoutAttentionAlone() throws {
        var file = GGUFBytes.languageModel([("llama.attention.head_count", .uint32(0))])
        file.entries.removeAll { $0.key.hasSuffix("_length") && $0.key.contains("attention") }
        let attention = try GGUFAttention(GGUFHeader(parsing: file.bytes))
        #expect(attention.layers.allSatisfy { $0.keyLength == 0 })
    }

    @Test(arguments: [
        "general.architecture", "llama.block_count", "llama.attention.head_count",
        "llama.embedding_length",
    ])
    func saysWhatIsMissing(key: String) {
        let error = #expect(throws: HeaderError.self) { try without(key) }
        guard case .missing? = error?.problem else {
            Issue.record("\(error.debugDescription)")
            return
        }
    }

    @Test func refusesWhatMakesNoSense() {
        let wrong: [(key: String, value: GGUFBytes.Value)] = [
            ("llama.block_count", .uint32(.max)), ("llama.block_count", .int32(-1)),
            ("llama.block_count", .text("16")),
            ("llama.attention.head_count", .uint32s([1, 2])),
            ("llama.attention.head_count_kv", .array([.text("x")], type: 8)),
            ("llama.attention.head_count_kv", .array([.int32(-1)], type: 5)),
        ]
        for entry in wrong {
            #expect(throws: HeaderError.self) { try attention([entry]) }
        }
    }
}
