/// The types of values, by the numbers that stand for them in a file.
package enum GGUFType: UInt64, Sendable, Hashable {
    /// Numbers of one, two and four bytes.
    case uint8, int8, uint16, int16, uint32, int32, float32
    /// A byte that is 0 or 1.
    case bool
    /// A text in UTF-8.
    case text
    /// A list of elements of one type.
    case array
    /// Numbers of eight bytes.
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
