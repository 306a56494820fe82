/// The functions that compare.
enum GoComparison {
    enum Order {
        case less, equal, greater
    }

    static let equal: GoFunction = { arguments, budget throws(GoFunctionError) in
        guard arguments.count > 1 else { throw GoFunctionError("nothing to compare with") }
        for other in arguments.dropFirst() where try isEqual(arguments[0], other, &budget) {
            return true
        }
        return false
    }

    static let unequal: GoFunction = { arguments, budget throws(GoFunctionError) in
        let (left, right) = try two(arguments)
        return .bool(!(try isEqual(left, right, &budget)))
    }

    static func ordered(_ holds: @escaping @Sendable (Order) -> Bool) -> GoFunction {
        { arguments, budget throws(GoFunctionError) in
            let (left, right) = try two(arguments)
            return .bool(holds(try order(left, right, &budget)))
        }
    }

    private static func two(
        _ arguments: [GoValue]
    ) throws(GoFunctionError) -> (GoValue, GoValue) {
        guard arguments.count == 2 else {
            throw GoFunctionError("it takes 2 arguments, not \(arguments.count)")
        }
        return (arguments[0], arguments[1])
    }

    /// Lists, maps and records can be compared with nil alone.
    private static func isEqual(
        _ left: GoValue,
        _ right: GoValue,
        _ budget: inout GoBudget
    ) throws(GoFunctionError) -> Bool {
        switch (left.bare, right.bare) {
        case (.bool(let left), .bool(let right)): return left == right
        case (.integer(let left), .integer(let right)): return left == right
        case (.float(let left), .float(let right)): return left == right
        case (.string(let left), .string(let right)):
            guard left.utf8.count == right.utf8.count else { return false }
            try budget.spend(steps: left.utf8.count / 64)
            return left.utf8.elementsEqual(right.utf8)
        case (.none, _), (_, .none): return left.isNil == right.isNil
        case (.list, .list) where left.isNil || right.isNil: return left.isNil == right.isNil
        default: throw GoFunctionError("a \(left.kind) and a \(right.kind) cannot be compared")
        }
    }

    private static func order(
        _ left: GoValue,
        _ right: GoValue,
        _ budget: inout GoBudget
    ) throws(GoFunctionError) -> Order {
        switch (left.bare, right.bare) {
        case (.integer(let left), .integer(let right)): return order(left, right)
        case (.float(let left), .float(let right)): return order(left, right)
        case (.string(let left), .string(let right)):
            try budget.spend(steps: min(left.utf8.count, right.utf8.count) / 64)
            return order(GoKey(left), GoKey(right))
        default: throw GoFunctionError("a \(left.kind) and a \(right.kind) have no order")
        }
    }

    private static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Order {
        left < right ? .less : left == right ? .equal : .greater
    }
}
