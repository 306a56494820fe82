/// How much a template may do.
package struct GoTemplateLimits: Sendable, Hashable {
    /// Most bytes of text: of what is written, and of all that functions make on the way to it.
    package var bytes = 64 << 20
    /// Most steps: parts that are carried out, turns of loops, values that are looked up, verbs of
    /// `printf`, and each 64 bytes of texts that are compared.
    package var steps = 4_000_000
    /// Deepest nesting while it is carried out, of all that nests counted together.
    ///
    /// That are actions, parentheses, templates that call each other, and lists and maps that are
    /// written. So many keep to half a megabyte of stack.
    package var depth = 64

    /// The usual limits.
    package init() {}
}

/// What is left of the limits; templates that make one text together share it.
package struct GoBudget: Sendable {
    /// The limits at the beginning.
    package let limits: GoTemplateLimits
    private var steps: Int
    private var bytes: Int
    /// How deep things are nested now.
    private var depth = 0

    /// Begins with everything.
    ///
    /// - Parameter limits: How much may be done.
    package init(_ limits: GoTemplateLimits = GoTemplateLimits()) {
        self.limits = limits
        (steps, bytes) = (limits.steps, limits.bytes)
    }

    /// Notes work that is about to be done.
    ///
    /// - Parameter steps: How much; not negative.
    /// - Throws: `GoFunctionError` when that is more than is left.
    package mutating func spend(steps count: Int) throws(GoFunctionError) {
        guard count <= steps else {
            throw GoFunctionError("the template does more than \(limits.steps) steps")
        }
        steps -= count
    }

    /// Notes text that is about to be made.
    ///
    /// - Parameter bytes: How much; not negative.
    /// - Throws: `GoFunctionError` when that is more than is left.
    package mutating func spend(bytes count: Int) throws(GoFunctionError) {
        guard count <= bytes else {
            throw GoFunctionError("the template makes more than \(limits.bytes) bytes")
        }
        bytes -= count
    }

    /// Enters something that may hold more of its kind; call `ascend` when that is over, also after
    /// an error.
    mutating func descend() throws(GoFunctionError) {
        depth += 1
        guard depth <= limits.depth else {
            throw GoFunctionError("things are nested deeper than \(limits.depth)")
        }
    }

    mutating func ascend() {
        depth -= 1
    }
}
