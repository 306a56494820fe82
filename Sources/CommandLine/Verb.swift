/// One thing that a program can do, or a group of such things.
///
/// A verb either runs or has verbs below it. `--help` is understood by every verb and declared by
/// none.
package struct Verb: Sendable {
    /// The word that people type.
    package let name: String
    /// Other words that mean the same.
    package let aliases: [String]
    /// One line about it, lower case, without a period.
    package let summary: String
    /// More lines for its own help; may be empty.
    package let details: String
    /// What it accepts after dashes.
    package let options: [Option]
    /// What it accepts in order.
    package let positionals: [Positional]
    /// The verbs below it.
    package let verbs: [Verb]
    /// Does it; returns the exit code.
    let run: (@Sendable (Values) async throws -> Int32)?

    /// Declares a verb that runs.
    ///
    /// - Parameters:
    ///   - name: The word that people type.
    ///   - aliases: Other words that mean the same.
    ///   - summary: One line about it.
    ///   - details: More lines for its own help.
    ///   - options: What it accepts after dashes.
    ///   - positionals: What it accepts in order: required ones first, at most one `rest`, last.
    ///   - run: Does it; returns the exit code.
    package init(
        _ name: String,
        aliases: [String] = [],
        _ summary: String,
        details: String = "",
        options: [Option] = [],
        positionals: [Positional] = [],
        run: @escaping @Sendable (Values) async throws -> Int32
    ) {
        self.name = name
        self.aliases = aliases
        self.summary = summary
        self.details = details
        self.options = options
        self.positionals = positionals
        verbs = []
        self.run = run
    }

    /// Whether a word means this verb.
    func answers(to word: String) -> Bool { name == word || aliases.contains(word) }

    /// Declares a group of verbs.
    ///
    /// - Parameters:
    ///   - name: The word that people type.
    ///   - summary: One line about it.
    ///   - details: More lines for its own help.
    ///   - verbs: The verbs below it.
    package init(_ name: String, _ summary: String, details: String = "", verbs: [Verb]) {
        self.name = name
        aliases = []
        self.summary = summary
        self.details = details
        options = []
        positionals = []
        self.verbs = verbs
        run = nil
    }
}
