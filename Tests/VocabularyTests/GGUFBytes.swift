/// Makes GGUF files that hold a vocabulary, right and wrong ones.
struct GGUFBytes {
    /// A value with its type's number.
    struct Value {
        let type: UInt32
        let bytes: [UInt8]

        static func uint32(_ value: UInt32) -> Value { Value(type: 4, bytes: little(value)) }
        static func bool(_ value: UInt8) -> Value { Value(type: 7, bytes: [value]) }
        static func text(_ value: String) -> Value { Value(type: 8, bytes: GGUFBytes.text(value)) }

        static func texts(_ values: [String], count: UInt64? = nil) -> Value {
            list(type: 8, count ?? UInt64(values.count), values.flatMap { GGUFBytes.text($0) })
        }

        static func int32s(_ values: [Int32]) -> Value {
            list(type: 5, UInt64(values.count), values.flatMap { little($0) })
        }

        static func floats(_ values: [Float]) -> Value {
            list(type: 6, UInt64(values.count), values.flatMap { little($0.bitPattern) })
        }

        static func list(type: UInt32, _ count: UInt64, _ bytes: [UInt8]) -> Value {
            Value(type: 9, bytes: little(type) + little(count) + bytes)
        }
    }

    var version: UInt32 = 3
    var tensorCount: UInt64 = 0
    /// Says another number of entries than there are.
    var entryCount: UInt64?
    var entries: [(key: String, value: Value)] = []

    var bytes: [UInt8] {
        var bytes = Array("GGUF".utf8) + little(version) + little(tensorCount)
        bytes += little(entryCount ?? UInt64(entries.count))
        for (key, value) in entries { bytes += Self.text(key) + little(value.type) + value.bytes }
        return bytes
    }

    private static func text(_ text: String) -> [UInt8] {
        little(UInt64(text.utf8.count)) + Array(text.utf8)
    }

    /// A vocabulary of a few words without tokens for single bytes; entries of the same key are
    /// replaced, those with nil left out.
    static func vocabulary(_ others: [(key: String, value: Value?)] = []) -> GGUFBytes {
        let words = ["<unk>", "<s>", "</s>", "▁", "▁a", "a", "b", "ab", "▁ab", "\n"]
        let plain: [(key: String, value: Value)] = [
            ("general.architecture", .text("llama")), ("tokenizer.ggml.model", .text("llama")),
            ("tokenizer.ggml.tokens", .texts(words)),
            ("tokenizer.ggml.scores", .floats(words.indices.map { -Float($0) })),
            ("tokenizer.ggml.token_type", .int32s([2, 3, 3, 1, 1, 1, 1, 1, 1, 1])),
            ("tokenizer.ggml.bos_token_id", .uint32(1)),
            ("tokenizer.ggml.eos_token_id", .uint32(2)),
        ]
        let kept = plain.filter { entry in !others.contains { $0.key == entry.key } }
        let added = others.compactMap { key, value in value.map { (key: key, value: $0) } }
        return GGUFBytes(entries: kept + added)
    }
}

/// A number's bytes, the lowest first.
func little(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
