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
    let functions: Set<String>
    var index = 0
    /// How deep actions and parentheses are nested here, together.
    private var depth = 0
    private var loops = 0
    var scope = GoScope()
    private(set) var definitions: [GoKey: [GoNode]] = [:]

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
        try descend()
        defer { ascend() }
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
        case "if", "with": return try parseChoice(word)
        case "range": return try parseRange()
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

    /// Reads `if` or `with`; one 'end' ends it and all that hangs on its 'else'.
    private mutating func parseChoice(_ word: String) throws(GoTemplateError) -> GoNode {
        let outer = scope.count
        defer { scope.leave(to: outer) }
        var branches: [GoBranch] = []
        var otherwise: [GoNode] = []
        while true {
            advance()
            let pipeline = try parsePipeline(.branch)
            let (body, ending) = try parseList()
            branches.append(GoBranch(pipeline: pipeline, body: body))
            guard ending == .otherwise else { break }
            skipSpace()
            guard peek != .word(word) else { continue }
            otherwise = try parseOtherwise()
            break
        }
        return word == "if"
            ? .when(branches, otherwise: otherwise) : .with(branches, otherwise: otherwise)
    }

    private mutating func parseRange() throws(GoTemplateError) -> GoNode {
        let outer = scope.count
        defer { scope.leave(to: outer) }
        advance()
        let pipeline = try parsePipeline(.range)
        loops += 1
        let (body, ending) = try parseList()
        loops -= 1
        let otherwise = ending == .otherwise ? try parseOtherwise() : []
        return .range(GoBranch(pipeline: pipeline, body: body), otherwise: otherwise)
    }

    /// Reads what follows an 'else'.
    private mutating func parseOtherwise() throws(GoTemplateError) -> [GoNode] {
        try close()
        let (nodes, ending) = try parseList()
        guard ending == .end else { throw error("an 'else' follows an 'else'") }
        return nodes
    }

    private mutating func parseDefinition() throws(GoTemplateError) {
        let name = try parseName("define")
        try close()
        try parseDefinition(named: name)
    }

    /// Reads the body of a template that has variables and loops of its own.
    private mutating func parseDefinition(named name: GoKey) throws(GoTemplateError) {
        let outer = (scope, loops)
        (scope, loops) = (GoScope(), 0)
        defer { (scope, loops) = outer }
        let (nodes, ending) = try parseList()
        guard ending == .end else { throw error("an 'else' in 'define'") }
        // One that writes nothing does not count beside another.
        guard let known = definitions[name], !Self.isEmpty(known) else {
            definitions[name] = nodes
            return
        }
        guard Self.isEmpty(nodes) else { throw error("'\(name.text)' is defined twice") }
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

    private mutating func parseName(_ word: String) throws(GoTemplateError) -> GoKey {
        skipSpace()
        guard case .string(let name) = take() else {
            throw error("'\(word)' is followed by a name in quotes")
        }
        return GoKey(name)
    }

    // MARK: Tokens

    var peek: GoToken { tokens[index].token }
    var line: Int { tokens[index].line }

    mutating func advance() {
        if index < tokens.count - 1 { index += 1 }
    }

    mutating func take() -> GoToken {
        defer { advance() }
        return peek
    }

    mutating func skipSpace() {
        while peek == .space { advance() }
    }

    mutating func close() throws(GoTemplateError) {
        skipSpace()
        guard take() == .close else { throw error("the action goes on where it should end") }
    }

    /// Enters an action or a parenthesis.
    mutating func descend() throws(GoTemplateError) {
        depth += 1
        guard depth <= GoTemplate.maximumDepth else {
            throw error("actions are nested deeper than \(GoTemplate.maximumDepth)")
        }
    }

    mutating func ascend() {
        depth -= 1
    }

    func error(_ message: String) -> GoTemplateError {
        GoTemplateError(message, line: line)
    }
}
