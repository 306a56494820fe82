/// Carries a template out.
struct GoRenderer {
    /// How a list of parts ended.
    private enum Flow {
        case on
        /// The loop around it is over.
        case leave
        /// The loop goes on with its next item.
        case skip
        /// The whole text is over.
        case stop
    }

    private let template: GoTemplate
    let functions: [String: GoFunction]
    let root: GoValue
    /// The field with which the text ends.
    private let last: GoKey?
    private var writer: GoWriter
    var line = 1
    /// The variables by their places; nil where none was set.
    var variables: [GoValue?] = []

    init(
        _ template: GoTemplate,
        functions: [String: GoFunction],
        root: GoValue,
        endingAt last: GoKey?,
        budget: GoBudget
    ) {
        self.template = template
        self.functions = functions
        self.root = root
        self.last = last
        writer = GoWriter(budget)
    }

    /// What is left of the budget.
    var budget: GoBudget { writer.budget }

    mutating func run() throws(GoTemplateError) -> String {
        variables = [root]
        _ = try perform(template.body, root)
        return writer.text
    }

    // MARK: Parts

    private mutating func perform(
        _ nodes: [GoNode],
        _ dot: GoValue
    ) throws(GoTemplateError) -> Flow {
        defer { ascend() }
        try descend()
        for node in nodes {
            try spend(1)
            var flow = Flow.on
            switch node {
            case .text(let text):
                try spending { writer throws(GoFunctionError) in try writer.write(text) }
            case .action(let pipeline): flow = try write(pipeline, dot)
            case .when(let branches, let otherwise):
                flow = try choose(branches, otherwise, dot) { _ in dot }
            case .with(let branches, let otherwise):
                flow = try choose(branches, otherwise, dot) { $0 }
            case .range(let branch, let otherwise): flow = try loop(branch, otherwise, dot)
            case .call(let name, let pipeline, let line):
                flow = try call(name, pipeline, line, dot)
            case .leave: return .leave
            case .skip: return .skip
            }
            guard flow == .on else { return flow }
        }
        return .on
    }

    private mutating func write(
        _ pipeline: GoPipeline,
        _ dot: GoValue
    ) throws(GoTemplateError) -> Flow {
        let value = try evaluate(pipeline, dot)
        guard pipeline.variables.isEmpty else { return .on }
        try spending { writer throws(GoFunctionError) in
            try GoFormat.writeAction(value, to: &writer)
        }
        return last.map { pipeline.uses($0) } == true ? .stop : .on
    }

    private mutating func choose(
        _ branches: [GoBranch],
        _ otherwise: [GoNode],
        _ dot: GoValue,
        inner: (GoValue) -> GoValue
    ) throws(GoTemplateError) -> Flow {
        let scope = variables.count
        defer { forget(from: scope) }
        var (nodes, inside) = (otherwise, dot)
        for branch in branches {
            try spend(1)
            let value = try evaluate(branch.pipeline, dot)
            guard value.isTrue else { continue }
            (nodes, inside) = (branch.body, inner(value))
            break
        }
        let flow = try perform(nodes, inside)
        guard flow == .on, try isPlaceOfLast(branches, otherwise) else { return flow }
        return .stop
    }

    private mutating func loop(
        _ branch: GoBranch,
        _ otherwise: [GoNode],
        _ dot: GoValue
    ) throws(GoTemplateError) -> Flow {
        let outer = variables.count
        defer { forget(from: outer) }
        // Before the first turn the variables are what is gone through.
        let value = try evaluate(branch.pipeline, dot)
        let (places, scope) = (branch.pipeline.variables, variables.count)
        if case .integer = value.bare, places.count > 1 {
            throw error("'range' over a number sets one variable")
        }
        // Maps are brought into order before the first turn.
        if case .map(let entries) = value.bare { try spend(entries.count) }
        guard var items = GoItems(value) else {
            throw error("'range' cannot go over a \(value.kind)")
        }
        guard var (key, item) = items.next() else { return try perform(otherwise, dot) }
        while true {
            try spend(1)
            if places.count == 2 { set(places[0], to: key) }
            if let place = places.last { set(place, to: item) }
            let flow = try perform(branch.body, item)
            forget(from: scope)
            if flow == .stop { return .stop }
            guard flow != .leave, let next = items.next() else { return .on }
            (key, item) = next
        }
    }

    private mutating func call(
        _ name: GoKey,
        _ pipeline: GoPipeline?,
        _ line: Int,
        _ dot: GoValue
    ) throws(GoTemplateError) -> Flow {
        self.line = line
        guard let nodes = template.definitions[name] else {
            throw error("there is no template '\(name.text)'")
        }
        let inner: GoValue = if let pipeline { try evaluate(pipeline, dot) } else { .none }
        let outer = variables
        variables = [inner]
        // Its variables are forgotten however it ends.
        defer { variables = outer }
        let flow = try perform(nodes, inner)
        return flow == .stop ? .stop : .on
    }

    // MARK: The end

    /// Whether the last field is written under a condition that asks for it.
    ///
    /// What comes after stands behind the field, which was not written only because it is empty.
    private mutating func isPlaceOfLast(
        _ branches: [GoBranch],
        _ otherwise: [GoNode]
    ) throws(GoTemplateError) -> Bool {
        guard let last, branches.contains(where: { $0.pipeline.uses(last) }) else { return false }
        for nodes in branches.map(\.body) + [otherwise] where try writes(last, in: nodes) {
            return true
        }
        return false
    }

    private mutating func writes(
        _ field: GoKey,
        in nodes: [GoNode]
    ) throws(GoTemplateError) -> Bool {
        for node in nodes {
            try spend(1)
            if case .action(let pipeline) = node, pipeline.variables.isEmpty,
                pipeline.uses(field)
            {
                return true
            }
            for branch in node.branches where try writes(field, in: branch.body) { return true }
            if try writes(field, in: node.otherwise) { return true }
        }
        return false
    }

    // MARK: Variables

    mutating func set(_ place: Int, to value: GoValue) {
        // One that was jumped over by `and` or `or` was not set.
        while variables.count <= place { variables.append(nil) }
        variables[place] = value
    }

    private mutating func forget(from count: Int) {
        if variables.count > count { variables.removeSubrange(count...) }
    }

    // MARK: Limits

    /// Enters an action, a parenthesis or a template.
    mutating func descend() throws(GoTemplateError) {
        try spending { writer throws(GoFunctionError) in try writer.budget.descend() }
    }

    mutating func ascend() {
        writer.budget.ascend()
    }

    mutating func spend(_ steps: Int) throws(GoTemplateError) {
        try spending { writer throws(GoFunctionError) in try writer.budget.spend(steps: steps) }
    }

    /// Does what may need more than is left.
    mutating func spending<Result>(
        _ body: (inout GoWriter) throws(GoFunctionError) -> Result
    ) throws(GoTemplateError) -> Result {
        do throws(GoFunctionError) {
            return try body(&writer)
        } catch {
            throw self.error(error.message)
        }
    }

    func error(_ message: String) -> GoTemplateError {
        GoTemplateError(message, line: line)
    }
}
