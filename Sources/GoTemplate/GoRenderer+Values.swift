/// Values: pipelines, fields and functions.
extension GoRenderer {
    mutating func evaluate(
        _ pipeline: GoPipeline,
        _ dot: GoValue
    ) throws(GoTemplateError) -> GoValue {
        line = pipeline.line
        var value: GoValue?
        for command in pipeline.commands { value = try evaluate(command, given: value, dot) }
        let result = value ?? .none
        for place in pipeline.variables { set(place, to: result) }
        return result
    }

    /// - Parameter given: What the command before it gave; it becomes the last argument.
    private mutating func evaluate(
        _ command: [GoOperand],
        given: GoValue?,
        _ dot: GoValue
    ) throws(GoTemplateError) -> GoValue {
        if case .function(let name) = command[0] {
            return try apply(name, to: command.dropFirst(), given: given, dot)
        }
        guard command.count == 1, given == nil else {
            throw error("a value that is no function takes no arguments")
        }
        if case .none = command[0] { throw error("'nil' is not a command") }
        return try value(of: command[0], dot)
    }

    private mutating func value(
        of operand: GoOperand,
        _ dot: GoValue
    ) throws(GoTemplateError) -> GoValue {
        try spend(1)
        switch operand {
        case .dot: return dot
        case .none: return .none
        case .constant(let value): return value
        case .field(let names): return try field(names, of: dot)
        case .variable(let place, let names):
            guard place < variables.count, let value = variables[place] else {
                throw error("a variable is used that was not set")
            }
            return try field(names, of: value)
        case .chain(let inner, let names):
            return try field(names, of: try value(of: inner, dot))
        case .pipeline(let pipeline):
            defer { ascend() }
            try descend()
            return try evaluate(pipeline, dot)
        case .function(let name): return try apply(name, to: [], given: nil, dot)
        }
    }

    private mutating func field(
        _ names: [GoKey],
        of value: GoValue
    ) throws(GoTemplateError) -> GoValue {
        var value = value
        try spend(names.count)
        for (position, name) in names.enumerated() {
            switch value.bare {
            case .map(let entries): value = entries[name] ?? .none
            case .record(let type, let fields):
                guard let field = fields[name] else {
                    throw error("a \(type) has no field '\(name.text)'")
                }
                value = field
            // At the top there may be no data at all.
            case .none where position == 0 && names.count == 1 && root.isNil: value = .none
            default: throw error("a \(value.kind) has no field '\(name.text)'")
            }
        }
        return value
    }

    private mutating func apply(
        _ name: String,
        to operands: ArraySlice<GoOperand>,
        given: GoValue?,
        _ dot: GoValue
    ) throws(GoTemplateError) -> GoValue {
        if name == "and" || name == "or" {
            return try decide(isAnd: name == "and", operands, given: given, dot)
        }
        var arguments: [GoValue] = []
        for operand in operands { arguments.append(try value(of: operand, dot)) }
        if let given { arguments.append(given) }
        guard let function = functions[name] ?? GoFunctions.library[name] else {
            throw error("there is no function '\(name)'")
        }
        return try spending { writer throws(GoFunctionError) in
            do throws(GoFunctionError) {
                return try function(arguments, &writer.budget)
            } catch {
                throw GoFunctionError("\(name): \(error.message)")
            }
        }
    }

    /// The first argument that decides; the others after it are not looked at.
    private mutating func decide(
        isAnd: Bool,
        _ operands: ArraySlice<GoOperand>,
        given: GoValue?,
        _ dot: GoValue
    ) throws(GoTemplateError) -> GoValue {
        var last: GoValue?
        for operand in operands {
            let value = try value(of: operand, dot)
            if value.isTrue != isAnd { return value }
            last = value
        }
        guard let result = given ?? last else {
            throw error("'\(isAnd ? "and" : "or")' needs an argument")
        }
        return result
    }
}
