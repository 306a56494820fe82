/// Scripts that complete a program's command lines in a shell.
package enum ShellCompletions: String, CaseIterable, Sendable {
    case bash
    case zsh
    case fish

    /// The script for a program.
    ///
    /// - Parameter program: The program.
    package func script(for program: Program) -> String {
        switch self {
        case .bash: BashCompletions.script(program.root)
        case .zsh: ZshCompletions.script(program.root)
        case .fish: FishCompletions.script(program.root)
        }
    }

    /// Verbs that take options, and the words that lead to them.
    static func leaves(of root: Verb) -> [(words: [String], verb: Verb)] {
        root.verbs.flatMap { verb -> [(words: [String], verb: Verb)] in
            guard verb.verbs.isEmpty else {
                return verb.verbs.map { ([verb.name, $0.name], $0) }
            }
            return ([verb.name] + verb.aliases).map { ([$0], verb) }
        }
    }

    /// All ways to write an option's name.
    static func names(of option: Option) -> [String] {
        (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"]
    }

    /// A text between apostrophes, for any of the shells.
    static func quoted(_ text: String) -> String {
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}

extension Option {
    /// Whether the word after it is its value.
    var takesNextWord: Bool { !isFlag && bare == nil }
}
