/// A part of a template.
package enum GoNode: Sendable {
    /// Text that is written as it is.
    case text(String)
    /// A value that is written, or a variable that is set.
    case action(GoPipeline)
    /// `if` and all its `else if`, of which the first that counts as true is carried out.
    case when([GoBranch], otherwise: [GoNode])
    /// `with` and all its `else with`: the value is what `.` stands for inside.
    case with([GoBranch], otherwise: [GoNode])
    /// `range`: the body for each item.
    case range(GoBranch, otherwise: [GoNode])
    /// `template`: another one, with a value for `.`.
    case call(GoKey, GoPipeline?, line: Int)
    /// `break`.
    case leave
    /// `continue`.
    case skip
}

/// A condition or a list, and what is done with it.
package struct GoBranch: Sendable {
    /// What decides.
    package let pipeline: GoPipeline
    /// What is done with a value that counts as true, or for each item.
    package let body: [GoNode]
}

/// Commands of which each gives its value to the next.
package struct GoPipeline: Sendable {
    /// Where it begins, counted from 1.
    package let line: Int
    /// The places of the variables that it sets.
    package var variables: [Int] = []
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
    case field([GoKey])
    /// `$x.A`, by the variable's place; `$` itself is at place 0.
    case variable(Int, [GoKey])
    /// `(…).A`
    case chain(GoOperand, [GoKey])
    /// `(…)`
    case pipeline(GoPipeline)
    /// A function's name.
    case function(String)
}

// MARK: Looking through a template

extension GoNode {
    /// The conditions with what is done under them, in order.
    package var branches: [GoBranch] {
        switch self {
        case .when(let branches, _), .with(let branches, _): branches
        case .range(let branch, _): [branch]
        case .text, .action, .call, .leave, .skip: []
        }
    }

    /// What is done under no condition of the part.
    package var otherwise: [GoNode] {
        switch self {
        case .when(_, let nodes), .with(_, let nodes), .range(_, let nodes): nodes
        case .text, .action, .call, .leave, .skip: []
        }
    }

    /// Calls for every chain of fields, in order.
    func visitFields(_ visit: ([GoKey]) -> Void) {
        switch self {
        case .action(let pipeline): pipeline.visitFields(visit)
        case .call(_, let pipeline, _): pipeline?.visitFields(visit)
        case .text, .leave, .skip, .when, .with, .range: break
        }
        for branch in branches {
            branch.pipeline.visitFields(visit)
            for node in branch.body { node.visitFields(visit) }
        }
        for node in otherwise { node.visitFields(visit) }
    }
}

extension GoPipeline {
    func visitFields(_ visit: ([GoKey]) -> Void) {
        for operand in commands.joined() { operand.visitFields(visit) }
    }

    /// Whether a field occurs in it.
    ///
    /// - Parameter field: A name.
    package func uses(_ field: GoKey) -> Bool {
        var isUsed = false
        visitFields { if $0.contains(field) { isUsed = true } }
        return isUsed
    }
}

extension GoOperand {
    fileprivate func visitFields(_ visit: ([GoKey]) -> Void) {
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
