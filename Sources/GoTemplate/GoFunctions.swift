internal import JSON

/// What a function does with its arguments.
package typealias GoFunction = @Sendable ([GoValue]) throws(GoFunctionError) -> GoValue

/// Why a function cannot work with its arguments.
package struct GoFunctionError: Error, Sendable, Hashable {
    /// What is wrong.
    package let message: String

    /// Says what is wrong.
    ///
    /// - Parameter message: What is wrong.
    package init(_ message: String) {
        self.message = message
    }
}

/// The functions of Go's library.
enum GoFunctions {
    static let names = Set(library.keys).union(["and", "or"])

    static let library: [String: GoFunction] = [
        "not": { arguments throws(GoFunctionError) in .bool(!(try one(arguments).isTrue)) },
        "eq": { arguments throws(GoFunctionError) in
            guard arguments.count > 1 else { throw GoFunctionError("nothing to compare with") }
            for other in arguments.dropFirst() where try isEqual(arguments[0], other) {
                return true
            }
            return false
        },
        "ne": { arguments throws(GoFunctionError) in
            let (left, right) = try two(arguments)
            return .bool(!(try isEqual(left, right)))
        },
        "lt": { arguments throws(GoFunctionError) in .bool(try order(arguments) == .less) },
        "le": { arguments throws(GoFunctionError) in .bool(try order(arguments) != .greater) },
        "gt": { arguments throws(GoFunctionError) in .bool(try order(arguments) == .greater) },
        "ge": { arguments throws(GoFunctionError) in .bool(try order(arguments) != .less) },
        "len": { arguments throws(GoFunctionError) in
            let value = try one(arguments)
            switch value.bare {
            case .string(let text): return .integer(text.utf8.count)
            case .list(let items): return .integer(items.count)
            case .map(let entries): return .integer(entries.count)
            default: throw GoFunctionError("a \(value.kind) has no length")
            }
        },
        "index": { arguments throws(GoFunctionError) in
            guard var value = arguments.first else { throw GoFunctionError("nothing to look in") }
            for key in arguments.dropFirst() { value = try element(key, of: value) }
            return value
        },
        "slice": slice,
        "print": { .string(GoFormat.joined($0)) },
        "println": { .string($0.map(GoFormat.plain).joined(separator: " ") + "\n") },
        "printf": { arguments throws(GoFunctionError) in
            guard case .string(let format) = arguments.first?.bare else {
                throw GoFunctionError("the first argument is the form, a text")
            }
            return .string(GoFormat.formatted(format, Array(arguments.dropFirst())))
        },
        "html": { .string(GoEscape.html(GoFormat.joined($0))) },
        "js": { .string(GoEscape.javaScript(GoFormat.joined($0))) },
        "urlquery": { .string(GoEscape.query(GoFormat.joined($0))) },
        // There are no values to call.
        "call": { arguments throws(GoFunctionError) in
            throw GoFunctionError("a \(arguments.first?.kind ?? "nil") is no function")
        },
    ]

    // MARK: Arguments

    private static func one(_ arguments: [GoValue]) throws(GoFunctionError) -> GoValue {
        guard arguments.count == 1 else {
            throw GoFunctionError("it takes 1 argument, not \(arguments.count)")
        }
        return arguments[0]
    }

    private static func two(
        _ arguments: [GoValue]
    ) throws(GoFunctionError) -> (GoValue, GoValue) {
        guard arguments.count == 2 else {
            throw GoFunctionError("it takes 2 arguments, not \(arguments.count)")
        }
        return (arguments[0], arguments[1])
    }

    // MARK: Comparing

    private static func isEqual(
        _ left: GoValue,
        _ right: GoValue
    ) throws(GoFunctionError) -> Bool {
        switch (left.bare, right.bare) {
        case (.bool(let left), .bool(let right)): return left == right
        case (.integer(let left), .integer(let right)): return left == right
        case (.float(let left), .float(let right)): return left == right
        case (.string(let left), .string(let right)):
            return left.utf8.elementsEqual(right.utf8)
        case (.list, _), (_, .list), (.map, _), (_, .map), (.record, _), (_, .record):
            throw GoFunctionError("a \(left.kind) and a \(right.kind) cannot be compared")
        case (.none, .none): return true
        case (.none, _), (_, .none): return false
        default: throw GoFunctionError("a \(left.kind) and a \(right.kind) cannot be compared")
        }
    }

    private enum Order {
        case less, equal, greater
    }

    private static func order(_ arguments: [GoValue]) throws(GoFunctionError) -> Order {
        let (left, right) = try two(arguments)
        switch (left.bare, right.bare) {
        case (.integer(let left), .integer(let right)): return order(left, right)
        case (.float(let left), .float(let right)): return order(left, right)
        case (.string(let left), .string(let right)):
            if left.utf8.elementsEqual(right.utf8) { return .equal }
            return left.utf8.lexicographicallyPrecedes(right.utf8) ? .less : .greater
        default: throw GoFunctionError("a \(left.kind) and a \(right.kind) have no order")
        }
    }

    private static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Order {
        left < right ? .less : left == right ? .equal : .greater
    }

    // MARK: Elements

    private static func element(
        _ key: GoValue,
        of value: GoValue
    ) throws(GoFunctionError) -> GoValue {
        switch (value.bare, key.bare) {
        case (.list(let items), .integer(let index)):
            guard items.indices.contains(index) else {
                throw GoFunctionError("there is no item \(index) of \(items.count)")
            }
            return items[index]
        case (.string(let text), .integer(let index)):
            let bytes = Array(text.utf8)
            guard bytes.indices.contains(index) else {
                throw GoFunctionError("there is no byte \(index) of \(bytes.count)")
            }
            return .integer(Int(bytes[index]))
        case (.map(let entries), .string(let name)): return entries[name] ?? .none
        default: throw GoFunctionError("a \(value.kind) has nothing at a \(key.kind)")
        }
    }

    private static let slice: GoFunction = { arguments throws(GoFunctionError) in
        guard let value = arguments.first, arguments.count <= 4 else {
            throw GoFunctionError("it takes a text or a list and up to three places")
        }
        var places: [Int] = []
        for argument in arguments.dropFirst() {
            guard case .integer(let place) = argument.bare else {
                throw GoFunctionError("a place is an int, not a \(argument.kind)")
            }
            places.append(place)
        }
        func range(of count: Int) throws(GoFunctionError) -> Range<Int> {
            let start = places.first ?? 0
            let end = places.count > 1 ? places[1] : count
            guard start >= 0, start <= end, end <= places.dropFirst(2).first ?? end, end <= count,
                places.dropFirst(2).first ?? count <= count
            else { throw GoFunctionError("\(places) lie not within \(count)") }
            return start..<end
        }
        switch value.bare {
        case .string(let text) where places.count < 3:
            let bytes = Array(text.utf8)
            return .string(String(decoding: bytes[try range(of: bytes.count)], as: UTF8.self))
        case .list(let items): return .list(Array(items[try range(of: items.count)]))
        default: throw GoFunctionError("a \(value.kind) cannot be sliced so")
        }
    }
}
