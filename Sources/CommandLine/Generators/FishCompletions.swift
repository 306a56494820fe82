/// Completions for fish.
enum FishCompletions {
    static func script(_ root: Verb) -> String {
        let name = root.name
        var lines = [
            "# Completions of \(name) for fish; made by '\(name) completions fish'.",
            "complete -c \(name) -f",
            "complete -c \(name) -l help -s h -d 'show help'",
            "complete -c \(name) -n __fish_use_subcommand -l version -d 'print the version'",
        ]
        for verb in root.verbs {
            let about = ShellCompletions.quoted(verb.summary)
            lines.append(
                "complete -c \(name) -n __fish_use_subcommand -a \(verb.name) -d \(about)"
            )
            for below in verb.verbs {
                let names = verb.verbs.map(\.name).joined(separator: " ")
                let condition =
                    "__fish_seen_subcommand_from \(verb.name);"
                    + " and not __fish_seen_subcommand_from \(names)"
                lines.append(
                    "complete -c \(name) -n \(ShellCompletions.quoted(condition))"
                        + " -a \(below.name) -d \(ShellCompletions.quoted(below.summary))"
                )
            }
        }
        for (words, verb) in ShellCompletions.leaves(of: root) {
            let condition = words.map { "__fish_seen_subcommand_from \($0)" }
                .joined(separator: "; and ")
            let start = "complete -c \(name) -n \(ShellCompletions.quoted(condition))"
            lines += verb.options.map { option in
                let short = option.short.map { " -s \($0)" } ?? ""
                let takesFile = option.completion == .files
                // Without files beside what is offered, unless files are.
                let value = option.takesNextWord ? (takesFile ? " -r" : " -x") : ""
                let about = ShellCompletions.quoted(option.about)
                return start + " -l \(option.name)\(short)\(value)"
                    + offer(option.completion, name) + " -d \(about)"
            }
            if let positional = verb.positionals.first {
                let offer = offer(positional.completion, name)
                if !offer.isEmpty { lines.append(start + offer) }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func offer(_ completion: Completion, _ name: String) -> String {
        switch completion {
        case .nothing: ""
        case .files: " -F"
        case .words(let words): " -a \(ShellCompletions.quoted(words.joined(separator: " ")))"
        case .output(let command):
            " -a \(ShellCompletions.quoted("(\(name) \(command) 2>/dev/null)"))"
        }
    }
}
