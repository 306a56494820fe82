/// A part of a template.
package indirect enum GoNode: Sendable {
    /// Text that is written as it is.
    case text(String)
    /// A value that is written, or a variable that is set.
    case action(GoPipeline)
    /// `if`.
    case when(GoBranch)
    /// `with`: the value is what `.` stands for inside.
    case with(GoBranch)
    /// `range`: the body for each item.
    case range(GoBranch)
    /// `template`: another one, with a value for `.`.
    case call(String, GoPipeline?, line: Int)
    /// `break`.
    case leave
    /// `continue`.
    case skip
}

/// A condition or a list, what happens with it, and what happens without.
package struct GoBranch: Sendable {
    /// What decides.
    package var pipeline: GoPipeline
    /// What is done with a value that counts as true, or for each item.
    package var body: [GoNode]
    /// What is done otherwise.
    package var alternative: [GoNode]
}

/// Commands of which each gives its value to the next.
package struct GoPipeline: Sendable {
    /// Where it begins, counted from 1.
    package let line: Int
    /// The variables that it sets.
    package var variables: [String] = []
    /// Whether they are there already.
    package var isAssignment = false
    /// The commands; not empty.
    package var commands: [[GoOperand]] = []
}

/// A value as it is written in an action.
package indirect enum GoOperand: Sendable {
    /// `.`
    case dot
    /// `nil`
    case none
    /// A constant.
    case constant(GoValue)
    /// `.A.B`
    case field([String])
    /// `$x.A`; `$` alone is the variable "".
    case variable(String, [String])
    /// `(…).A`
    case chain(GoOperand, [String])
    /// `(…)`
    case pipeline(GoPipeline)
    /// A function's name.
    case function(String)
}

// MARK: Looking through a template

extension GoNode {
    /// Calls for every chain of fields, in order.
    func visitFields(_ visit: ([String]) -> Void) {
        switch self {
        case .text, .leave, .skip: break
        case .action(let pipeline): pipeline.visitFields(visit)
        case .call(_, let pipeline, _): pipeline?.visitFields(visit)
        case .when(let branch), .with(let branch), .range(let branch):
            branch.pipeline.visitFields(visit)
            for node in branch.body + branch.alternative { node.visitFields(visit) }
        }
    }
}

extension GoPipeline {
    func visitFields(_ visit: ([String]) -> Void) {
        for operand in commands.joined() { operand.visitFields(visit) }
    }

    /// Whether a field occurs in it.
    package func uses(_ field: String) -> Bool {
        var isUsed = false
        visitFields { if $0.contains(field) { isUsed = true } }
        return isUsed
    }
}

extension GoOperand {
    fileprivate func visitFields(_ visit: ([String]) -> Void) {
        switch self {
        case .field(let names), .variable(_, let names): visit(names)
        case .chain(let inner, let names):
            inner.visitFields(visit)
            visit(names)
        case .pipeline(let pipeline): pipeline.visitFields(visit)
        case .dot, .none, .constant, .function: break
        }
    }
}

extension [GoNode] {
    /// The nodes up to the first one that writes a field; branches are cut inside.
    func ending(at field: String, _ isOver: inout Bool) -> [GoNode] {
        var kept: [GoNode] = []
        for node in self where !isOver {
            switch node {
            case .when(let branch): kept.append(.when(branch.ending(at: field, &isOver)))
            case .with(let branch): kept.append(.with(branch.ending(at: field, &isOver)))
            case .range(let branch): kept.append(.range(branch.ending(at: field, &isOver)))
            case .action(let pipeline):
                kept.append(node)
                isOver = pipeline.uses(field)
            case .text, .call, .leave, .skip: kept.append(node)
            }
        }
        return kept
    }
}

extension GoBranch {
    fileprivate func ending(at field: String, _ isOver: inout Bool) -> GoBranch {
        var branch = self
        branch.body = body.ending(at: field, &isOver)
        branch.alternative = alternative.ending(at: field, &isOver)
        return branch
    }
}
