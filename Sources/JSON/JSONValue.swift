/// Any JSON value; objects keep the order of their members.
package enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number that was written without fraction and exponent and fits 64 bits.
    case integer(Int64)
    /// Any other number; never infinite and never NaN when parsed.
    case number(Double)
    /// Text.
    case string(String)
    /// Long text that was left where it was read; equal to the same text as `string`.
    case text(JSONText)
    /// A list.
    case array([JSONValue])
    /// Named members.
    case object(JSONObject)

    /// The text, or nil for anything but a string.
    package var stringValue: String? {
        switch self {
        case .string(let value): value
        case .text(let value): value.string
        default: nil
        }
    }

    /// The text without copying a long one, or nil for anything but a string.
    package var textValue: JSONText? {
        switch self {
        case .string(let value): JSONText(value)
        case .text(let value): value
        default: nil
        }
    }

    /// The truth value, or nil for anything but `true` and `false`.
    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, or nil; a number with a zero fraction counts as whole.
    package var integerValue: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, or nil for anything but a number.
    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The items, or nil for anything but a list.
    package var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, or nil for anything but an object.
    package var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Whether this is `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// What this is, as error messages call it: "a string", "an object".
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string, .text: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// A member of an object; nil when absent or when this is no object.
    package subscript(name: String) -> JSONValue? {
        objectValue?[name]
    }
}

extension JSONValue {
    /// Compares values; objects with the order of their members.
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.text(let left), .text(let right)): left.utf8 == right.utf8
        case (.string(let string), .text(let text)), (.text(let text), .string(let string)):
            string.utf8.elementsEqual(text.utf8)
        default: false
        }
    }

    /// Hashes values that are equal to the same number.
    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .number(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .text(let value): hasher.combine(value.string)
        case .array(let items): hasher.combine(items)
        case .object(let object): hasher.combine(object)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// Makes a string.
    package init(stringLiteral value: String) { self = .string(value) }
    /// Makes an integer.
    package init(integerLiteral value: Int64) { self = .integer(value) }
    /// Makes a number.
    package init(floatLiteral value: Double) { self = .number(value) }
    /// Makes a truth value.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Makes a list.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Makes an object.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
    /// Makes `null`.
    package init(nilLiteral: ()) { self = .null }

    /// Makes an integer.
    ///
    /// - Parameter value: The integer.
    package init(_ value: Int) { self = .integer(Int64(value)) }
    /// Makes an integer.
    ///
    /// - Parameter value: Any integer that fits 64 bits.
    package init(_ value: some BinaryInteger) { self = .integer(Int64(value)) }
    /// Makes a number; infinities and NaN are written as `null`.
    ///
    /// - Parameter value: The number.
    package init(_ value: Double) { self = .number(value) }
    /// Makes a string.
    ///
    /// - Parameter value: The text.
    package init(_ value: String) { self = .string(value) }
    /// Makes a truth value.
    ///
    /// - Parameter value: The truth value.
    package init(_ value: Bool) { self = .bool(value) }
}
