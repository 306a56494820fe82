/// Pipelines: commands, their operands, and the variables that they set.
extension GoParser {
    enum Place {
        case action, branch, range, parentheses
    }

    /// Reads a pipeline and the end of its action, or of its parentheses.
    mutating func parsePipeline(_ place: Place) throws(GoTemplateError) -> GoPipeline {
        try descend()
        defer { ascend() }
        var pipeline = GoPipeline(line: line)
        let names = try parseVariables(of: &pipeline, place)
        try parseCommands(of: &pipeline, until: place == .parentheses ? .rightParenthesis : .close)
        // They are there from the next action on, and inside the branch.
        for name in names { pipeline.variables.append(scope.declare(name)) }
        return pipeline
    }

    /// - Returns: The names that are declared; what is assigned to is there already.
    private mutating func parseVariables(
        of pipeline: inout GoPipeline,
        _ place: Place
    ) throws(GoTemplateError) -> [GoKey] {
        let start = index
        var names: [GoKey] = []
        skipSpace()
        while case .variable(let name) = peek {
            names.append(name)
            advance()
            skipSpace()
            switch peek {
            case .declare, .assign:
                guard names.count == 1 || place == .range && names.count == 2 else {
                    throw error("too many variables")
                }
                pipeline.isAssignment = peek == .assign
                advance()
                guard pipeline.isAssignment else { return names }
                for name in names { pipeline.variables.append(try known(name)) }
                return []
            case .comma where place == .range && names.count == 1:
                advance()
                skipSpace()
            default:
                // It was a value and no declaration.
                guard names.count == 1 else { throw error("'range' sets one or two variables") }
                index = start
                return []
            }
        }
        guard names.isEmpty else { throw error("'range' sets one or two variables") }
        return []
    }

    private mutating func parseCommands(
        of pipeline: inout GoPipeline,
        until end: GoToken
    ) throws(GoTemplateError) {
        while true {
            let command = try parseCommand(until: end)
            if !pipeline.commands.isEmpty { try checkTakesValue(command) }
            pipeline.commands.append(command)
            if take() == end { return }
            // Nothing needs to follow a '|'.
            skipSpace()
            if peek == end { return advance() }
        }
    }

    private mutating func parseCommand(until end: GoToken) throws(GoTemplateError) -> [GoOperand] {
        var operands: [GoOperand] = []
        while true {
            skipSpace()
            if peek == end || peek == .pipe {
                guard !operands.isEmpty else {
                    throw error("a value is missing before \(peek.name)")
                }
                return operands
            }
            operands.append(try parseOperand())
            guard peek == .space || peek == end || peek == .pipe else {
                throw error("an unexpected \(peek.name)")
            }
        }
    }

    private func checkTakesValue(_ command: [GoOperand]) throws(GoTemplateError) {
        switch command.first {
        case .constant, .none?, .dot, nil: throw error("a constant takes no value from before '|'")
        default: return
        }
    }

    private mutating func parseOperand() throws(GoTemplateError) -> GoOperand {
        var operand: GoOperand
        switch take() {
        case .dot: operand = .dot
        case .field(let name): operand = .field([name])
        case .variable(let name):
            operand = .variable(try known(name), [])
        case .string(let text): operand = .constant(.string(text))
        case .integer(let value): operand = .constant(.integer(value))
        case .float(let value): operand = .constant(.float(value))
        case .leftParenthesis:
            operand = .pipeline(try parsePipeline(.parentheses))
        case .word("true"): operand = .constant(.bool(true))
        case .word("false"): operand = .constant(.bool(false))
        case .word("nil"): operand = .none
        case .word(let name):
            guard functions.contains(name) else { throw error("there is no function '\(name)'") }
            operand = .function(name)
        case let other: throw error("an unexpected \(other.name)")
        }
        var names: [GoKey] = []
        while case .field(let name) = peek {
            names.append(name)
            advance()
        }
        guard !names.isEmpty else { return operand }
        switch operand {
        case .field(let first): operand = .field(first + names)
        case .variable(let place, _): operand = .variable(place, names)
        case .pipeline, .function: operand = .chain(operand, names)
        case .dot, .none, .constant, .chain:
            throw error("'.\(names[0].text)' follows something that has no fields")
        }
        return operand
    }

    private func known(_ variable: GoKey) throws(GoTemplateError) -> Int {
        guard let place = scope.place(of: variable) else {
            throw error("there is no variable '$\(variable.text)'")
        }
        return place
    }
}
