/// Builds the parts of a template from its tokens.
struct GoParser {
    /// How a list of parts ended.
    private enum Ending {
        case end
        /// `else`; what follows is read by the caller.
        case otherwise
        case file
    }

    private let tokens: [GoPlacedToken]
    private let functions: Set<String>
    private var index = 0
    private var depth = 0
    private var loops = 0
    /// Names of the variables that may be used here; the root is "".
    private var variables = [""]
    private(set) var definitions: [String: [GoNode]] = [:]

    init(tokens: [GoPlacedToken], functions: Set<String>) {
        self.tokens = tokens
        self.functions = functions
    }

    /// Reads the whole template and the definitions in it.
    mutating func parseTemplate() throws(GoTemplateError) -> [GoNode] {
        let (nodes, ending) = try parseList(isTop: true)
        guard ending == .file else { throw error("an 'end' or 'else' without a beginning") }
        return nodes
    }

    // MARK: Parts

    private mutating func parseList(
        isTop: Bool = false
    ) throws(GoTemplateError) -> ([GoNode], Ending) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= GoTemplate.maximumDepth else {
            throw error("actions are nested deeper than \(GoTemplate.maximumDepth)")
        }
        var nodes: [GoNode] = []
        while true {
            switch take() {
            case .text(let text): nodes.append(.text(text))
            case .end:
                guard isTop else { throw error("an action lacks its 'end'") }
                return (nodes, .file)
            case .open:
                skipSpace()
                if case .word(let word) = peek {
                    switch word {
                    case "end":
                        advance()
                        try close()
                        return (nodes, .end)
                    case "else":
                        advance()
                        return (nodes, .otherwise)
                    case "define":
                        guard isTop else { throw error("'define' stands outside of actions") }
                        advance()
                        try parseDefinition()
                        continue
                    default: break
                    }
                }
                nodes.append(try parseAction())
            case let other: throw error("an unexpected \(other.name)")
            }
        }
    }

    private mutating func parseAction() throws(GoTemplateError) -> GoNode {
        guard case .word(let word) = peek else { return .action(try parsePipeline(.action)) }
        switch word {
        case "if": return .when(try parseBranch("if"))
        case "with": return .with(try parseBranch("with"))
        case "range": return .range(try parseBranch("range"))
        case "template": return try parseCall()
        case "block": return try parseBlock()
        case "break", "continue":
            guard loops > 0 else { throw error("'\(word)' stands outside of 'range'") }
            advance()
            try close()
            return word == "break" ? .leave : .skip
        default: return .action(try parsePipeline(.action))
        }
    }

    private mutating func parseBranch(_ word: String) throws(GoTemplateError) -> GoBranch {
        advance()
        let scope = variables.count
        defer { variables.removeSubrange(scope...) }
        let pipeline = try parsePipeline(word == "range" ? .range : .branch)
        if word == "range" { loops += 1 }
        let (body, first) = try parseList()
        if word == "range" { loops -= 1 }
        var alternative: [GoNode] = []
        if first == .otherwise {
            skipSpace()
            if case .word(let next) = peek, next == "if" || next == "with", word == next {
                // One 'end' ends both.
                let inner = try parseBranch(next)
                alternative = [next == "if" ? .when(inner) : .with(inner)]
                return GoBranch(pipeline: pipeline, body: body, alternative: alternative)
            }
            try close()
            let (others, last) = try parseList()
            guard last == .end else { throw error("an 'else' follows an 'else'") }
            alternative = others
        }
        return GoBranch(pipeline: pipeline, body: body, alternative: alternative)
    }

    private mutating func parseDefinition() throws(GoTemplateError) {
        let name = try parseName("define")
        try close()
        try parseDefinition(named: name)
    }

    /// Reads the body of a template that has variables and loops of its own.
    private mutating func parseDefinition(named name: String) throws(GoTemplateError) {
        let outer = (variables, loops)
        (variables, loops) = ([""], 0)
        defer { (variables, loops) = outer }
        let (nodes, ending) = try parseList()
        guard ending == .end else { throw error("an 'else' in 'define'") }
        // One that writes nothing does not count beside another.
        guard let known = definitions[name], !Self.isEmpty(known) else {
            definitions[name] = nodes
            return
        }
        guard Self.isEmpty(nodes) else { throw error("'\(name)' is defined twice") }
    }

    private static func isEmpty(_ nodes: [GoNode]) -> Bool {
        nodes.allSatisfy { node in
            if case .text(let text) = node { text.allSatisfy(\.isWhitespace) } else { false }
        }
    }

    private mutating func parseCall() throws(GoTemplateError) -> GoNode {
        let line = line
        advance()
        let name = try parseName("template")
        skipSpace()
        if peek == .close {
            advance()
            return .call(name, nil, line: line)
        }
        return .call(name, try parsePipeline(.branch), line: line)
    }

    private mutating func parseBlock() throws(GoTemplateError) -> GoNode {
        let line = line
        advance()
        let name = try parseName("block")
        let pipeline = try parsePipeline(.branch)
        try parseDefinition(named: name)
        return .call(name, pipeline, line: line)
    }

    private mutating func parseName(_ word: String) throws(GoTemplateError) -> String {
        skipSpace()
        guard case .string(let name) = take() else {
            throw error("'\(word)' is followed by a name in quotes")
        }
        return name
    }

    // MARK: Pipelines

    private enum Place {
        case action, branch, range
    }

    /// Reads a pipeline and the end of its action.
    private mutating func parsePipeline(_ place: Place) throws(GoTemplateError) -> GoPipeline {
        var pipeline = GoPipeline(line: line)
        try parseVariables(of: &pipeline, place)
        try parseCommands(of: &pipeline, until: .close)
        // They are there from the next action on, and inside the branch.
        if !pipeline.isAssignment { variables += pipeline.variables }
        return pipeline
    }

    private mutating func parseVariables(
        of pipeline: inout GoPipeline,
        _ place: Place
    ) throws(GoTemplateError) {
        let start = index
        var names: [String] = []
        skipSpace()
        while case .variable(let name) = peek {
            names.append(name)
            advance()
            skipSpace()
            switch peek {
            case .declare, .assign:
                pipeline.isAssignment = peek == .assign
                for name in names where pipeline.isAssignment || name.isEmpty { try check(name) }
                guard names.count == 1 || place == .range && names.count == 2 else {
                    throw error("too many variables")
                }
                pipeline.variables = names
                return advance()
            case .comma where place == .range && names.count == 1:
                advance()
                skipSpace()
            default:
                // It was a value and no declaration.
                guard names.count == 1 else { throw error("'range' sets one or two variables") }
                return index = start
            }
        }
        guard names.isEmpty else { throw error("'range' sets one or two variables") }
    }

    private mutating func parseCommands(
        of pipeline: inout GoPipeline,
        until end: GoToken
    ) throws(GoTemplateError) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= GoTemplate.maximumDepth else {
            throw error("parentheses are nested deeper than \(GoTemplate.maximumDepth)")
        }
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
            try check(name)
            operand = .variable(name, [])
        case .string(let text): operand = .constant(.string(text))
        case .integer(let value): operand = .constant(.integer(value))
        case .float(let value): operand = .constant(.float(value))
        case .leftParenthesis:
            var inner = GoPipeline(line: line)
            try parseCommands(of: &inner, until: .rightParenthesis)
            operand = .pipeline(inner)
        case .word("true"): operand = .constant(.bool(true))
        case .word("false"): operand = .constant(.bool(false))
        case .word("nil"): operand = .none
        case .word(let name):
            guard functions.contains(name) else { throw error("there is no function '\(name)'") }
            operand = .function(name)
        case let other: throw error("an unexpected \(other.name)")
        }
        var names: [String] = []
        while case .field(let name) = peek {
            names.append(name)
            advance()
        }
        guard !names.isEmpty else { return operand }
        switch operand {
        case .field(let first): operand = .field(first + names)
        case .variable(let name, _): operand = .variable(name, names)
        case .pipeline, .function: operand = .chain(operand, names)
        case .dot, .none, .constant, .chain:
            throw error("'.\(names[0])' follows something that has no fields")
        }
        return operand
    }

    // MARK: Tokens

    private var peek: GoToken { tokens[index].token }
    private var line: Int { tokens[index].line }

    private mutating func advance() {
        if index < tokens.count - 1 { index += 1 }
    }

    private mutating func take() -> GoToken {
        defer { advance() }
        return peek
    }

    private mutating func skipSpace() {
        while peek == .space { advance() }
    }

    private mutating func close() throws(GoTemplateError) {
        skipSpace()
        guard take() == .close else { throw error("the action goes on where it should end") }
    }

    private func check(_ variable: String) throws(GoTemplateError) {
        guard variables.contains(variable) else {
            throw error("there is no variable '$\(variable)'")
        }
    }

    private func error(_ message: String) -> GoTemplateError {
        GoTemplateError(message, line: line)
    }
}
