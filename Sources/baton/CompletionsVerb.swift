import CommandLine

/// `baton completions SHELL`: a script that completes command lines.
enum CompletionsVerb {
    static let verb: Verb = Verb(
        "completions",
        "print the script that completes command lines in a shell",
        details: """
            Installed packages have it in place. By hand:

              baton completions bash > ~/.local/share/bash-completion/completions/baton
              baton completions zsh > ~/.zfunc/_baton
              baton completions fish > ~/.config/fish/completions/baton.fish
            """,
        positionals: [
            Positional(
                "SHELL",
                "bash, zsh or fish",
                completion: .words(ShellCompletions.allCases.map(\.rawValue))
            )
        ]
    ) { values in
        guard let shell = ShellCompletions(rawValue: values.required("SHELL")) else {
            let names = ShellCompletions.allCases.map(\.rawValue).joined(separator: ", ")
            Terminal.writeError("baton completions: the shells are \(names)\n")
            return Program.usageCode
        }
        Terminal.write(shell.script(for: BatonProgram.baton))
        return 0
    }
}
