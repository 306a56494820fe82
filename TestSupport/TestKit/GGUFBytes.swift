/// Makes GGUF files, right and wrong ones.
package struct GGUFBytes {
    /// A value with its type's number.
    package struct Value {
        /// The type's number.
        package let type: UInt32
        /// The value as it stands in a file.
        package let bytes: [UInt8]

        /// Makes a value of any type, right or wrong.
        ///
        /// - Parameters:
        ///   - type: The type's number.
        ///   - bytes: The value as it stands in a file.
        package init(type: UInt32, bytes: [UInt8]) {
            self.type = type
            self.bytes = bytes
        }

        /// A number without a sign, of four bytes.
        package static func uint32(_ value: UInt32) -> Value {
            Value(type: 4, bytes: little(value))
        }
        /// A number with a sign, of four bytes.
        package static func int32(_ value: Int32) -> Value { Value(type: 5, bytes: little(value)) }
        /// A floating-point number of four bytes.
        package static func float32(_ value: Float) -> Value {
            Value(type: 6, bytes: little(value.bitPattern))
        }
        /// A truth value, right with 0 and 1.
        package static func bool(_ value: UInt8) -> Value { Value(type: 7, bytes: [value]) }
        /// A text.
        package static func text(_ value: String) -> Value {
            Value(type: 8, bytes: GGUFBytes.text(value))
        }

        /// A list of values of one type, which may say that it has another number of them.
        package static func array(_ values: [Value], type: UInt32, count: UInt64? = nil) -> Value {
            let count = count ?? UInt64(values.count)
            return Value(type: 9, bytes: little(type) + little(count) + values.flatMap(\.bytes))
        }

        /// A list of numbers.
        package static func uint32s(_ values: [UInt32]) -> Value {
            array(values.map(uint32), type: 4)
        }
        /// A list of truth values.
        package static func bools(_ values: [UInt8]) -> Value { array(values.map(bool), type: 7) }
        /// A list of texts.
        package static func texts(_ values: [String]) -> Value { array(values.map(text), type: 8) }
    }

    /// A tensor of which the file has the description alone.
    package struct Tensor {
        /// Its name.
        package var name: String
        /// Its lengths.
        package var shape: [UInt64]
        /// Its type's number.
        package var type: UInt32 = 0

        /// Makes a tensor.
        ///
        /// - Parameters:
        ///   - name: Its name.
        ///   - shape: Its lengths.
        ///   - type: Its type's number.
        package init(_ name: String, _ shape: [UInt64] = [1], type: UInt32 = 0) {
            self.name = name
            self.shape = shape
            self.type = type
        }
    }

    /// How the file begins.
    package var magic = Array("GGUF".utf8)
    /// The format's version.
    package var version: UInt32 = 3
    /// Says another number of tensors than there are.
    package var tensorCount: UInt64?
    /// Says another number of entries than there are.
    package var entryCount: UInt64?
    /// The metadata.
    package var entries: [(key: String, value: Value)] = []
    /// The tensors.
    package var tensors: [Tensor] = []

    /// Makes a file.
    ///
    /// - Parameters:
    ///   - magic: How it begins.
    ///   - version: The format's version.
    ///   - tensorCount: Another number of tensors than there are.
    ///   - entryCount: Another number of entries than there are.
    ///   - entries: The metadata.
    ///   - tensors: The tensors.
    package init(
        magic: [UInt8] = Array("GGUF".utf8),
        version: UInt32 = 3,
        tensorCount: UInt64? = nil,
        entryCount: UInt64? = nil,
        entries: [(key: String, value: Value)] = [],
        tensors: [Tensor] = []
    ) {
        self.magic = magic
        self.version = version
        self.tensorCount = tensorCount
        self.entryCount = entryCount
        self.entries = entries
        self.tensors = tensors
    }

    /// The file up to its weights.
    package var bytes: [UInt8] {
        var bytes = magic + little(version) + little(tensorCount ?? UInt64(tensors.count))
        bytes += little(entryCount ?? UInt64(entries.count))
        for (key, value) in entries { bytes += Self.text(key) + little(value.type) + value.bytes }
        for tensor in tensors {
            bytes += Self.text(tensor.name) + little(UInt32(tensor.shape.count))
            bytes += tensor.shape.flatMap { little($0) } + little(tensor.type) + little(UInt64(0))
        }
        return bytes
    }

    private static func text(_ text: String) -> [UInt8] {
        little(UInt64(text.utf8.count)) + Array(text.utf8)
    }

    /// A language model with the sizes of Llama 3.2 1B, and what a test adds or puts in their
    /// place.
    package static func languageModel(_ others: [(key: String, value: Value)] = []) -> GGUFBytes {
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
package func little(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// A number's bytes, the highest first.
package func big(_ value: some FixedWidthInteger) -> [UInt8] { little(value).reversed() }
