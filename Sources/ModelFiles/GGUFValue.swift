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
    /// A list whose elements are kept: a short one of numbers or truth values, what there is for each
    /// layer; where whole lists were asked for any other too.
    case list([GGUFValue])
    /// A list of which only the number of elements is kept: a vocabulary.
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

    /// How many elements a list has, whether they are kept or not; nil for anything else.
    package var elementCount: Int? {
        switch self {
        case .list(let list): list.count
        case .array(let count): count
        case .unsigned, .signed, .real, .bool, .text: nil
        }
    }

    /// Whether it is true, or a number other than zero; nil for anything else.
    package var isTrue: Bool? {
        if case .bool(let value) = self { return value }
        return count.map { $0 != 0 }
    }
}
