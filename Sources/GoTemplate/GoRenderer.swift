internal import JSON

/// Carries a template out.
struct GoRenderer {
    /// How a list of parts ended.
    private enum Flow {
        case on
        /// The loop around it is over.
        case leave
        /// The loop goes on with its next item.
        case skip
    }

    private let template: GoTemplate
    private let functions: [String: GoFunction]
    private let limits: GoTemplateLimits
    private let root: GoValue
    private var output: [UInt8] = []
    private var steps = 0
    private var depth = 0
    private var line = 1
    /// Variables in the order in which they were declared; the last one of a name counts.
    private var variables: [(name: String, value: GoValue)] = []

    init(
        _ template: GoTemplate,
        functions: [String: GoFunction],
        limits: GoTemplateLimits,
        root: GoValue
    ) {
        self.template = template
        self.functions = functions
        self.limits = limits
        self.root = root
    }

    mutating func run() throws(GoTemplateError) -> String {
        variables = [("", root)]
        _ = try perform(template.body, root)
        return String(decoding: output, as: UTF8.self)
    }

    // MARK: Parts

    private mutating func perform(
        _ nodes: [GoNode],
        _ dot: GoValue
    ) throws(GoTemplateError) -> Flow {
        for node in nodes {
            steps += 1
            guard steps <= limits.steps else {
                throw error("the template does more than \(limits.steps) steps")
            }
            switch node {
            case .text(let text): try write(text)
            case .action(let pipeline):
                let value = try evaluate(pipeline, dot)
                if pipeline.variables.isEmpty { try write(GoFormat.written(value)) }
            case .when(let branch):
                let flow = try choose(branch, dot) { _ in dot }
                guard flow == .on else { return flow }
            case .with(let branch):
                let flow = try choose(branch, dot) { $0 }
                guard flow == .on else { return flow }
            case .range(let branch): try loop(branch, dot)
            case .call(let name, let pipeline, let line): try call(name, pipeline, line, dot)
            case .leave: return .leave
            case .skip: return .skip
            }
        }
        return .on
    }

    private mutating func choose(
        _ branch: GoBranch,
        _ dot: GoValue,
        inner: (GoValue) -> GoValue
    ) throws(GoTemplateError) -> Flow {
        let scope = variables.count
        defer { variables.removeSubrange(scope...) }
        let value = try evaluate(branch.pipeline, dot)
        guard value.isTrue else { return try perform(branch.alternative, dot) }
        return try perform(branch.body, inner(value))
    }

    private mutating func loop(_ branch: GoBranch, _ dot: GoValue) throws(GoTemplateError) {
        let scope = variables.count
        defer { variables.removeSubrange(scope...) }
        // What is gone through is not itself the variables' value.
        var pipeline = branch.pipeline
        pipeline.variables = []
        let value = try evaluate(pipeline, dot)
        let items = try items(of: value)
        guard !items.isEmpty else {
            _ = try perform(branch.alternative, dot)
            return
        }
        for (key, item) in items {
            if branch.pipeline.isAssignment {
                try assign(branch.pipeline.variables, key, item)
            } else {
                declare(branch.pipeline.variables, key, item)
            }
            let flow = try perform(branch.body, item)
            if !branch.pipeline.isAssignment { variables.removeSubrange(scope...) }
            if flow == .leave { return }
        }
    }

    private func items(of value: GoValue) throws(GoTemplateError) -> [(GoValue, GoValue)] {
        switch value.bare {
        case .list(let items): return items.enumerated().map { (.integer($0), $1) }
        case .map(let entries):
            return entries.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
        case .integer(let count):
            guard count <= limits.steps else { throw error("'range' goes over \(count) numbers") }
            return (0..<max(count, 0)).map { (.integer($0), .integer($0)) }
        case .none: return []
        default: throw error("'range' cannot go over a \(value.kind)")
        }
    }

    private mutating func declare(_ names: [String], _ key: GoValue, _ item: GoValue) {
        if names.count == 2 { variables.append((names[0], key)) }
        if let last = names.last { variables.append((last, item)) }
    }

    private mutating func assign(
        _ names: [String],
        _ key: GoValue,
        _ item: GoValue
    ) throws(GoTemplateError) {
        if names.count == 2 { try set(names[0], to: key) }
        if let last = names.last { try set(last, to: item) }
    }

    private mutating func call(
        _ name: String,
        _ pipeline: GoPipeline?,
        _ line: Int,
        _ dot: GoValue
    ) throws(GoTemplateError) {
        self.line = line
        guard let nodes = template.definitions[name] else {
            throw error("there is no template '\(name)'")
        }
        guard depth < limits.depth else {
            throw error(
                "templates are carried out inside each other more than \(limits.depth) deep"
            )
        }
        let inner: GoValue = if let pipeline { try evaluate(pipeline, dot) } else { .none }
        let outer = variables
        variables = [("", inner)]
        depth += 1
        _ = try perform(nodes, inner)
        depth -= 1
        variables = outer
    }

    // MARK: Values

    private mutating func evaluate(
        _ pipeline: GoPipeline,
        _ dot: GoValue
    ) throws(GoTemplateError) -> GoValue {
        line = pipeline.line
        var value: GoValue?
        for command in pipeline.commands { value = try evaluate(command, given: value, dot) }
        let result = value ?? .none
        if let name = pipeline.variables.first {
            if pipeline.isAssignment {
                try set(name, to: result)
            } else {
                variables.append((name, result))
            }
        }
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
        switch operand {
        case .dot: return dot
        case .none: return .none
        case .constant(let value): return value
        case .field(let names): return try field(names, of: dot)
        case .variable(let name, let names):
            guard let variable = variables.last(where: { $0.name == name }) else {
                throw error("there is no variable '$\(name)' here")
            }
            return try field(names, of: variable.value)
        case .chain(let inner, let names): return try field(names, of: try value(of: inner, dot))
        case .pipeline(let pipeline): return try evaluate(pipeline, dot)
        case .function(let name): return try apply(name, to: [], given: nil, dot)
        }
    }

    private func field(_ names: [String], of value: GoValue) throws(GoTemplateError) -> GoValue {
        var value = value
        for (position, name) in names.enumerated() {
            switch value.bare {
            case .map(let entries): value = entries[name] ?? .none
            case .record(let type, let fields):
                guard let field = fields[name] else {
                    throw error("a \(type) has no field '\(name)'")
                }
                value = field
            // At the top there may be no data at all.
            case .none where position == 0 && names.count == 1 && root == .none: value = .none
            default: throw error("a \(value.kind) has no field '\(name)'")
            }
        }
        return value
    }

    private mutating func set(
        _ name: String,
        to value: GoValue
    ) throws(GoTemplateError) {
        guard let index = variables.lastIndex(where: { $0.name == name }) else {
            throw error("there is no variable '$\(name)' here")
        }
        variables[index].value = value
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
        do throws(GoFunctionError) {
            return try function(arguments)
        } catch {
            throw self.error("\(name): \(error.message)")
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

    // MARK: Text

    private mutating func write(_ text: String) throws(GoTemplateError) {
        output += text.utf8
        guard output.count <= limits.bytes else {
            throw error("the template writes more than \(limits.bytes) bytes")
        }
    }

    private func error(_ message: String) -> GoTemplateError {
        GoTemplateError(message, line: line)
    }
}
