/// Makes GGUF files, right and wrong ones.
struct GGUFBytes {
    /// A value with its type's number.
    struct Value {
        let type: UInt32
        let bytes: [UInt8]

        static func uint32(_ value: UInt32) -> Value { Value(type: 4, bytes: little(value)) }
        static func int32(_ value: Int32) -> Value { Value(type: 5, bytes: little(value)) }
        static func bool(_ value: UInt8) -> Value { Value(type: 7, bytes: [value]) }
        static func text(_ value: String) -> Value { Value(type: 8, bytes: GGUFBytes.text(value)) }

        /// A list of values of one type.
        static func array(_ values: [Value], type: UInt32, count: UInt64? = nil) -> Value {
            let count = count ?? UInt64(values.count)
            return Value(type: 9, bytes: little(type) + little(count) + values.flatMap(\.bytes))
        }

        static func uint32s(_ values: [UInt32]) -> Value { array(values.map(uint32), type: 4) }
        static func bools(_ values: [UInt8]) -> Value { array(values.map(bool), type: 7) }
        static func texts(_ values: [String]) -> Value { array(values.map(text), type: 8) }
    }

    var magic = Array("GGUF".utf8)
    var version: UInt32 = 3
    var tensorCount: UInt64 = 0
    /// Says another number of entries than there are.
    var entryCount: UInt64?
    var entries: [(key: String, value: Value)] = []

    var bytes: [UInt8] {
        var bytes = magic + little(version) + little(tensorCount)
        bytes += little(entryCount ?? UInt64(entries.count))
        for (key, value) in entries { bytes += Self.text(key) + little(value.type) + value.bytes }
        return bytes
    }

    private static func text(_ text: String) -> [UInt8] {
        little(UInt64(text.utf8.count)) + Array(text.utf8)
    }

    /// A language model with the sizes of Llama 3.2 1B, and what a test adds or puts in their
    /// place.
    static func languageModel(_ others: [(key: String, value: Value)] = []) -> GGUFBytes {
        let plain: [(key: String, value: Value)] = [
            ("general.architecture", .text("llama")), ("general.name", .text("Small")),
            ("general.file_type", .uint32(15)), ("llama.vocab_size", .uint32(128_256)),
            ("llama.context_length", .uint32(131_072)), ("llama.embedding_length", .uint32(2048)),
            ("llama.block_count", .uint32(16)), ("llama.attention.head_count", .uint32(32)),
            ("llama.attention.head_count_kv", .uint32(8)),
            ("llama.attention.key_length", .uint32(64)),
            ("llama.attention.value_length", .uint32(64)),
        ]
        let kept = plain.filter { entry in !others.contains { $0.key == entry.key } }
        return GGUFBytes(entries: kept + others)
    }
}

/// A number's bytes, the lowest first.
func little(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// A number's bytes, the highest first.
func big(_ value: some FixedWidthInteger) -> [UInt8] { little(value).reversed() }
