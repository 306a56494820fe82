/// What a function does with its arguments.
///
/// It notes in the budget what it makes, and what it looks at where that is much.
package typealias GoFunction =
    @Sendable ([GoValue], inout GoBudget) throws(GoFunctionError) -> GoValue

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
        "not": { arguments, _ throws(GoFunctionError) in .bool(!(try one(arguments).isTrue)) },
        "eq": GoComparison.equal,
        "ne": GoComparison.unequal,
        "lt": GoComparison.ordered { $0 == .less },
        "le": GoComparison.ordered { $0 != .greater },
        "gt": GoComparison.ordered { $0 == .greater },
        "ge": GoComparison.ordered { $0 != .less },
        "len": { arguments, _ throws(GoFunctionError) in
            let value = try one(arguments)
            switch value.bare {
            case .string(let text): return .integer(text.utf8.count)
            case .list(let items): return .integer(items.count)
            case .map(let entries): return .integer(entries.count)
            default: throw GoFunctionError("a \(value.kind) has no length")
            }
        },
        "index": { arguments, _ throws(GoFunctionError) in
            guard var value = arguments.first else { throw GoFunctionError("nothing to look in") }
            if case .none = value { throw GoFunctionError("nil has nothing in it") }
            for key in arguments.dropFirst() { value = try element(key, of: value) }
            return value
        },
        "slice": slice,
        "print": writing { arguments, writer throws(GoFunctionError) in
            try GoFormat.writeJoined(arguments, to: &writer)
        },
        "println": writing { arguments, writer throws(GoFunctionError) in
            for (index, value) in arguments.enumerated() {
                if index > 0 { try writer.write(" ") }
                try GoFormat.write(value, to: &writer)
            }
            try writer.write("\n")
        },
        "printf": writing { arguments, writer throws(GoFunctionError) in
            guard case .string(let form) = arguments.first?.bare else {
                throw GoFunctionError("the first argument is the form, a text")
            }
            try GoPrintf.write(form, arguments.dropFirst(), to: &writer)
        },
        "html": escaping { text, writer throws(GoFunctionError) in
            try GoEscape.writeHTML(text, to: &writer)
        },
        "js": escaping { text, writer throws(GoFunctionError) in
            try GoEscape.writeJavaScript(text, to: &writer)
        },
        "urlquery": escaping { text, writer throws(GoFunctionError) in
            try GoEscape.writeQuery(text, to: &writer)
        },
        // There are no values to call.
        "call": { arguments, _ throws(GoFunctionError) in
            throw GoFunctionError("a \(arguments.first?.kind ?? "nil") is no function")
        },
    ]

    // MARK: Texts

    private static func writing(
        _ body: @escaping @Sendable ([GoValue], inout GoWriter) throws(GoFunctionError) -> Void
    ) -> GoFunction {
        { arguments, budget throws(GoFunctionError) in
            .string(
                try GoWriter.text(within: &budget) { writer throws(GoFunctionError) in
                    try body(arguments, &writer)
                }
            )
        }
    }

    /// What is nothing is a text here.
    private static func escaping(
        _ body: @escaping @Sendable (String, inout GoWriter) throws(GoFunctionError) -> Void
    ) -> GoFunction {
        { arguments, budget throws(GoFunctionError) in
            let values = arguments.map { value in
                if case .none = value { GoValue.string("<no value>") } else { value }
            }
            let text = try GoWriter.text(within: &budget) { writer throws(GoFunctionError) in
                try GoFormat.writeJoined(values, to: &writer)
            }
            return .string(
                try GoWriter.text(within: &budget) { writer throws(GoFunctionError) in
                    try body(text, &writer)
                }
            )
        }
    }

    // MARK: Elements

    static func one(_ arguments: [GoValue]) throws(GoFunctionError) -> GoValue {
        guard arguments.count == 1 else {
            throw GoFunctionError("it takes 1 argument, not \(arguments.count)")
        }
        return arguments[0]
    }

    private static func element(
        _ key: GoValue,
        of value: GoValue
    ) throws(GoFunctionError) -> GoValue {
        switch (value.bare, key.bare) {
        case (.list(let items), .integer(let index)):
            guard (0..<items.count).contains(index) else {
                throw GoFunctionError("there is no item \(index) of \(items.count)")
            }
            return items[items.startIndex + index]
        case (.string(let text), .integer(let index)):
            guard (0..<text.utf8.count).contains(index) else {
                throw GoFunctionError("there is no byte \(index) of \(text.utf8.count)")
            }
            let place = text.utf8.index(text.utf8.startIndex, offsetBy: index)
            return .integer(Int(text.utf8[place]))
        case (.map(let entries), .string(let name)): return entries[GoKey(name)] ?? .none
        default: throw GoFunctionError("a \(value.kind) has nothing at a \(key.kind)")
        }
    }

    /// A part of a list shares its items; a part of a text is a copy.
    private static let slice: GoFunction = { arguments, budget throws(GoFunctionError) in
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
        switch value.bare {
        case .string(let text) where places.count < 3:
            let range = try range(places, of: text.utf8.count)
            try budget.spend(bytes: range.count)
            let part = text.utf8.dropFirst(range.lowerBound).prefix(range.count)
            return .string(String(decoding: part, as: UTF8.self))
        case .list(let items):
            let range = try range(places, of: items.count)
            let part = GoValue.list(items.dropFirst(range.lowerBound).prefix(range.count))
            // It has the same type, but no longer the JSON of the whole.
            guard case .shown(_, let form) = value, form.json == nil || range.count == items.count
            else { return part }
            return .shown(part, as: form)
        default: throw GoFunctionError("a \(value.kind) cannot be sliced so")
        }
    }

    private static func range(
        _ places: [Int],
        of count: Int
    ) throws(GoFunctionError) -> Range<Int> {
        let start = places.first ?? 0
        let end = places.count > 1 ? places[1] : count
        guard start >= 0, start <= end, end <= places.dropFirst(2).first ?? end, end <= count,
            places.dropFirst(2).first ?? count <= count
        else { throw GoFunctionError("\(places) lie not within \(count)") }
        return start..<end
    }
}
