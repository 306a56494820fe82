internal import JSON

/// A template of Go's `text/template`, as models of Ollama's library carry them.
///
/// Everything of the language is there (Go 1.24), with `missingkey=zero`: actions, pipelines, variables,
/// `range` over lists, maps and numbers, `define`, `template`, `block`, and the functions of the
/// library. What is computed with are `GoValue`s, whose types are fewer than Go's.
///
/// A template may come from anywhere: reading is bounded by `maximumDepth`, carrying out by
/// `GoTemplateLimits`.
package struct GoTemplate: Sendable {
    /// Deepest nesting of actions and parentheses.
    package static let maximumDepth = 100

    /// The parts of the template itself.
    package let body: [GoNode]
    /// The templates that are defined in it, by name.
    package let definitions: [String: [GoNode]]

    /// Reads a template.
    ///
    /// - Parameters:
    ///   - source: Its text.
    ///   - functions: Names of functions beside the library's; they are given again when it is
    ///     carried out.
    /// - Throws: `GoTemplateError` with the line.
    package init(
        _ source: String,
        functions: Set<String> = []
    ) throws(GoTemplateError) {
        var parser = GoParser(
            tokens: try GoLexer.tokens(of: source),
            functions: functions.union(GoFunctions.names)
        )
        body = try parser.parseTemplate()
        definitions = parser.definitions
    }

    private init(body: [GoNode], definitions: [String: [GoNode]]) {
        self.body = body
        self.definitions = definitions
    }

    /// Carries the template out.
    ///
    /// - Parameters:
    ///   - root: What `.` and `$` stand for.
    ///   - functions: The functions that were named when it was read.
    ///   - limits: How much it may do.
    /// - Returns: The text.
    /// - Throws: `GoTemplateError` when a value is not what an action needs, or a limit is reached.
    package func render(
        _ root: GoValue,
        functions: [String: GoFunction] = [:],
        limits: GoTemplateLimits = GoTemplateLimits()
    ) throws(GoTemplateError) -> String {
        var renderer = GoRenderer(self, functions: functions, limits: limits, root: root)
        return try renderer.run()
    }

    /// The template with an action at its end that writes a field.
    ///
    /// - Parameter field: A name.
    package func appending(_ field: String) -> GoTemplate {
        var pipeline = GoPipeline(line: 1)
        pipeline.commands = [[.field([field])]]
        return GoTemplate(body: body + [.action(pipeline)], definitions: definitions)
    }

    /// The names of all fields that occur anywhere: `.Message.Role` has two.
    package var fieldNames: Set<String> {
        var names: Set<String> = []
        for nodes in [body] + definitions.values {
            for node in nodes { node.visitFields { names.formUnion($0) } }
        }
        return names
    }

    /// The template up to the first action that writes a field, and nothing of what comes after it.
    ///
    /// - Parameter field: A name.
    package func ending(at field: String) -> GoTemplate {
        var isOver = false
        let kept = body.ending(at: field, &isOver)
        return GoTemplate(body: kept, definitions: definitions)
    }
}

/// How much a template may do.
package struct GoTemplateLimits: Sendable, Hashable {
    /// Most bytes of text.
    package var bytes = 64 << 20
    /// Most actions, each turn of a loop anew.
    package var steps = 4_000_000
    /// Most templates that are carried out inside each other.
    package var depth = 100

    /// The usual limits.
    package init() {}
}
