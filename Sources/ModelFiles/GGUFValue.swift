/// One value of a GGUF file's metadata.
package enum GGUFValue: Sendable, Hashable {
    /// A number of one of the four unsigned types.
    case unsigned(UInt64)
    /// A number of one of the four signed types.
    case signed(Int64)
    /// A number of one of the two floating-point types.
    case real(Double)
    /// A truth value.
    case bool(Bool)
    /// A text.
    case text(String)
    /// A short list of numbers or truth values: what there is for each layer.
    case list([GGUFValue])
    /// Any other list, of which only the number of elements is kept: a vocabulary.
    case array(count: Int)

    /// The value as a number that counts something; nil for any other.
    package var count: Int? {
        switch self {
        case .unsigned(let number): Int(exactly: number)
        case .signed(let number): number < 0 ? nil : Int(number)
        case .real, .bool, .text, .list, .array: nil
        }
    }

    /// The text; nil when it is none.
    package var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// Whether it is true, or a number other than zero; nil for anything else.
    package var isTrue: Bool? {
        if case .bool(let value) = self { return value }
        return count.map { $0 != 0 }
    }
}

/// The types of values, by the numbers that stand for them in a file.
enum GGUFType: UInt64 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, text, array
    case uint64, int64, float64

    /// Bytes of a value; nil where they differ from one value to the next.
    var size: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .text, .array: nil
        }
    }

    /// The fewest bytes that a value has: an empty text is a length, an empty list a type and a
    /// length.
    var smallest: Int {
        switch self {
        case .text: 8
        case .array: 12
        default: size ?? 1
        }
    }

    /// The value that these bits mean; nil where they mean none.
    func value(_ bits: UInt64) -> GGUFValue? {
        switch self {
        case .uint8, .uint16, .uint32, .uint64: .unsigned(bits)
        case .int8: .signed(Int64(Int8(truncatingIfNeeded: bits)))
        case .int16: .signed(Int64(Int16(truncatingIfNeeded: bits)))
        case .int32: .signed(Int64(Int32(truncatingIfNeeded: bits)))
        case .int64: .signed(Int64(bitPattern: bits))
        case .float32: .real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
        case .float64: .real(Double(bitPattern: bits))
        case .bool: bits < 2 ? .bool(bits == 1) : nil
        case .text, .array: nil
        }
    }
}
