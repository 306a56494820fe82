/// What a GGUF file says of one tensor.
package struct GGUFTensor: Sendable, Hashable {
    /// Its name: `blk.0.attn_q.weight`.
    package let name: String
    /// Its lengths, the one whose numbers lie side by side first.
    package let shape: [Int]
    /// How its numbers are stored.
    package let type: GGUFTensorType
    /// How many numbers it has.
    package let elements: Int
}

/// How a tensor's numbers are stored, by the number that stands for it in a file.
package struct GGUFTensorType: RawRepresentable, Sendable, Hashable {
    /// The number.
    package let rawValue: UInt32

    /// Makes a type of any number.
    ///
    /// - Parameter rawValue: The number.
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The name that ggml gives it: "F32", "Q4_K"; the number where none is known.
    package var name: String { Self.names[rawValue] ?? "\(rawValue)" }

    /// The numbers of ggml's types; the gaps are types that no file has any more.
    private static let names: [UInt32: String] = [
        0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
        10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS",
        17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S",
        23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M",
        30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0", 42: "Q2_0",
    ]
}
