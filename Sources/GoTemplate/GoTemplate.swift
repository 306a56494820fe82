/// A template of Go's `text/template`, as models of Ollama's library carry them.
///
/// The language is that of Go 1.24 with `missingkey=zero`: actions, pipelines, variables, `range`
/// over lists, maps and numbers, `define`, `template`, `block`, and the functions of the library.
/// What is computed with are `GoValue`s, whose types are fewer than Go's: there are no complex
/// numbers and no unsigned ones, no functions to call, lists end where they end and not at their
/// capacity, and texts are UTF-8. `printf` has no `%p`, no flag `#` for `%v` and `%q`, and no `%b`
/// and `%x` of numbers with a fraction.
///
/// A template may come from anywhere: reading is bounded by `maximumDepth`, carrying out by
/// `GoTemplateLimits`.
package struct GoTemplate: Sendable {
    /// Deepest nesting of actions and parentheses, counted together; `else if` nests nothing.
    package static let maximumDepth = 64

    /// The parts of the template itself.
    package let body: [GoNode]
    /// The templates that are defined in it, by name.
    package let definitions: [GoKey: [GoNode]]

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

    /// Carries the template out.
    ///
    /// - Parameters:
    ///   - root: What `.` and `$` stand for.
    ///   - functions: The functions that were named when it was read.
    ///   - last: A field: the text ends with the first action that writes it, also in a template
    ///     that is called. Where it would be written under a condition that asks for it, as in `{{
    ///     if .Response }}{{ .Response }}{{ end }}`, the text ends there when it is not written.
    ///   - budget: How much may be done; what is done is taken from it, also when that fails.
    /// - Returns: The text.
    /// - Throws: `GoTemplateError` when a value is not what an action needs, or a limit is reached.
    package func render(
        _ root: GoValue,
        functions: [String: GoFunction] = [:],
        endingAt last: GoKey? = nil,
        spending budget: inout GoBudget
    ) throws(GoTemplateError) -> String {
        var renderer = GoRenderer(
            self,
            functions: functions,
            root: root,
            endingAt: last,
            budget: budget
        )
        defer { budget = renderer.budget }
        return try renderer.run()
    }

    /// The names of all fields that occur anywhere: `.Message.Role` has two.
    package var fieldNames: Set<GoKey> {
        var names: Set<GoKey> = []
        for nodes in [body] + definitions.values {
            for node in nodes { node.visitFields { names.formUnion($0) } }
        }
        return names
    }
}
