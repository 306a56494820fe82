package import JSON

/// A value that a template computes with.
package indirect enum GoValue: Sendable {
    /// Go's `nil`: also what a map gives for a name that it has not.
    case none
    /// A truth value.
    case bool(Bool)
    /// A whole number.
    case integer(Int)
    /// Any other number.
    case float(Double)
    /// Text.
    case string(String)
    /// Values in order; a part of a list shares its values.
    case list(ArraySlice<GoValue>)
    /// Values by name, gone through in the order of the names' bytes.
    case map([GoKey: GoValue])
    /// Values by name, of which no others may be asked for.
    case record(String, [GoKey: GoValue])
    /// A value that is written in a form of its own, and computed with as this one.
    case shown(GoValue, as: GoForm)

    /// The value of a JSON text; objects become maps.
    ///
    /// - Parameter json: The value.
    package init(_ json: JSONValue) {
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(Int(value))
        case .number(let value): self = .float(value)
        case .string(let value): self = .string(value)
        case .text(let value): self = .string(value.string)
        case .array(let items): self = .list(items.map { GoValue($0) }[...])
        case .object(let object):
            let members = object.members.map { (GoKey($0.name), GoValue($0.value)) }
            self = .map(Dictionary(members) { $1 })
        }
    }

    /// The value without its form.
    var bare: GoValue {
        if case .shown(let value, _) = self { value.bare } else { self }
    }

    /// Whether it is `nil`, of whatever type.
    var isNil: Bool {
        switch self {
        case .none: true
        case .shown(_, let form): form.json?.isNull ?? false
        default: false
        }
    }

    /// Whether it counts as true: everything but nil, false, zero, and what is empty.
    package var isTrue: Bool {
        switch self {
        case .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .float(let value): value != 0
        case .string(let value): !value.isEmpty
        case .list(let items): !items.isEmpty
        case .map(let entries): !entries.isEmpty
        case .record: true
        case .shown(let value, _): value.isTrue
        }
    }

    /// What it is, as messages call it.
    var kind: String {
        switch self {
        case .none: "nil"
        case .bool: "bool"
        case .integer: "int"
        case .float: "float64"
        case .string: "string"
        case .list: "list"
        case .map: "map"
        case .record(let name, _): name
        case .shown(let value, _): value.kind
        }
    }
}

extension GoValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    /// Makes text.
    package init(stringLiteral value: String) { self = .string(value) }
    /// Makes a whole number.
    package init(integerLiteral value: Int) { self = .integer(value) }
    /// Makes a truth value.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}
