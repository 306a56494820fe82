/// How an engine of llama.cpp's keeps the keys and values of past tokens.
///
/// The raw values are those of its options `--cache-type-k` and `--cache-type-v`.
package enum CacheType: String, Sendable, Hashable, CaseIterable {
    /// Four bytes.
    case f32
    /// Two bytes; the default.
    case f16
    /// Two bytes, with more range and less precision.
    case bf16
    /// Eight bits and a scale.
    case q8 = "q8_0"
    /// Five bits and a scale.
    case q5 = "q5_0"
    /// Five bits, a scale and an offset.
    case q5WithOffset = "q5_1"
    /// Four bits and a scale.
    case q4 = "q4_0"
    /// Four bits, a scale and an offset.
    case q4WithOffset = "q4_1"
    /// Four bits that choose from a table, and a scale.
    case iq4 = "iq4_nl"

    /// Bytes of one number.
    ///
    /// The short ones are stored in blocks of 32, with scale and offset of two bytes each for a
    /// block: the layout of ggml's types of these names.
    package var bytes: Double {
        switch self {
        case .f32: 4
        case .f16, .bf16: 2
        case .q8: 34.0 / 32
        case .q5: 22.0 / 32
        case .q5WithOffset: 24.0 / 32
        case .q4, .iq4: 18.0 / 32
        case .q4WithOffset: 20.0 / 32
        }
    }
}
