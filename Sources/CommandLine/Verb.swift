/// One thing that a program can do, or a group of such things.
///
/// A verb either runs or has verbs below it. `--help` is understood by every verb and declared by
/// none.
package struct Verb: Sendable {
    /// The word that people type.
    package let name: String
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
    ///   - summary: One line about it.
    ///   - details: More lines for its own help.
    ///   - options: What it accepts after dashes.
    ///   - positionals: What it accepts in order: required ones first, at most one `rest`, last.
    ///   - run: Does it; returns the exit code.
    package init(
        _ name: String,
        _ summary: String,
        details: String = "",
        options: [Option] = [],
        positionals: [Positional] = [],
        run: @escaping @Sendable (Values) async throws -> Int32
    ) {
        self.name = name
        self.summary = summary
        self.details = details
        self.options = options
        self.positionals = positionals
        verbs = []
        self.run = run
    }

    /// Declares a group of verbs.
    ///
    /// - Parameters:
    ///   - name: The word that people type.
    ///   - summary: One line about it.
    ///   - details: More lines for its own help.
    ///   - verbs: The verbs below it.
    package init(_ name: String, _ summary: String, details: String = "", verbs: [Verb]) {
        self.name = name
        self.summary = summary
        self.details = details
        options = []
        positionals = []
        self.verbs = verbs
        run = nil
    }
}

/// What a verb accepts after dashes.
package struct Option: Sendable {
    /// What an option's value must be.
    package enum Kind: Sendable {
        /// No value: it is there or not.
        case flag
        /// Any text.
        case text
        /// A whole number in a range.
        case integer(ClosedRange<Int>)
        /// A number.
        case double
        /// A span of time such as `30s`.
        case duration
        /// An amount of bytes such as `10MiB`.
        case bytes
        /// One of some words.
        case choice([String])
    }

    /// Its name, without dashes.
    package let name: String
    /// A letter that means the same.
    package let short: Character?
    /// What its value must be.
    package let kind: Kind
    /// What help calls the value: "PORT".
    package let placeholder: String
    /// The value that counts when it is absent; shown by help.
    package let fallback: String?
    /// Whether it may be given several times.
    package let isRepeatable: Bool
    /// One line about it, lower case, without a period.
    package let about: String

    /// Declares an option that has a value.
    ///
    /// - Parameters:
    ///   - name: Its name, without dashes.
    ///   - short: A letter that means the same.
    ///   - kind: What its value must be.
    ///   - placeholder: What help calls the value.
    ///   - fallback: The value that counts when it is absent; must be acceptable itself.
    ///   - isRepeatable: Whether it may be given several times.
    ///   - about: One line about it.
    package init(
        _ name: String,
        short: Character? = nil,
        _ kind: Kind = .text,
        placeholder: String,
        default fallback: String? = nil,
        isRepeatable: Bool = false,
        _ about: String
    ) {
        self.name = name
        self.short = short
        self.kind = kind
        self.placeholder = placeholder
        self.fallback = fallback
        self.isRepeatable = isRepeatable
        self.about = about
    }

    /// Declares an option without a value.
    ///
    /// - Parameters:
    ///   - name: Its name, without dashes.
    ///   - short: A letter that means the same.
    ///   - about: One line about it.
    package static func flag(_ name: String, short: Character? = nil, _ about: String) -> Option {
        Option(name, short: short, .flag, placeholder: "", about)
    }

    /// Whether it stands alone.
    var isFlag: Bool {
        if case .flag = kind { true } else { false }
    }
}

/// What a verb accepts in order.
package struct Positional: Sendable {
    /// How many words it takes.
    package enum Count: Sendable {
        /// Exactly one.
        case required
        /// One or none.
        case optional
        /// All that are left, even none.
        case rest
    }

    /// What help calls it.
    package let name: String
    /// How many words it takes.
    package let count: Count
    /// One line about it, lower case, without a period.
    package let about: String

    /// Declares a positional.
    ///
    /// - Parameters:
    ///   - name: What help calls it.
    ///   - about: One line about it.
    ///   - count: How many words it takes.
    package init(_ name: String, _ about: String, _ count: Count = .required) {
        self.name = name
        self.count = count
        self.about = about
    }
}
