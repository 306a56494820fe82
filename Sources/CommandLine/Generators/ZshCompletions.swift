/// Completions for zsh.
enum ZshCompletions {
    static func script(_ root: Verb) -> String {
        let name = root.name
        var text = """
            #compdef \(name)
            # Completions of \(name) for zsh; made by '\(name) completions zsh'.

            _\(name)() {
                local -a verbs
                local context state line
                typeset -A opt_args
                _arguments -C '1: :->verb' '*:: :->rest'
                case $state in
                verb)
                    verbs=(
            \(list(root.verbs, indent: "            "))
                    )
                    _describe verb verbs
                    ;;
                rest)
                    case $words[1] in

            """
        for verb in root.verbs {
            let names = ([verb.name] + verb.aliases).joined(separator: "|")
            text += "        \(names))\n"
            text += verb.verbs.isEmpty ? arguments(verb, name, "            ") : group(verb, name)
            text += "            ;;\n"
        }
        return text + """
                    esac
                    ;;
                esac
            }

            if [ "$funcstack[1]" = _\(name) ]; then
                _\(name) "$@"
            else
                compdef _\(name) \(name)
            fi

            """
    }

    private static func list(_ verbs: [Verb], indent: String) -> String {
        verbs.map { indent + ShellCompletions.quoted("\($0.name):\(plain($0.summary))") }
            .joined(separator: "\n")
    }

    private static func group(_ verb: Verb, _ name: String) -> String {
        var text = """
                        _arguments -C '1: :->below' '*:: :->more'
                        case $state in
                        below)
                            verbs=(
            \(list(verb.verbs, indent: "                    "))
                            )
                            _describe verb verbs
                            ;;
                        more)
                            case $words[1] in

            """
        for below in verb.verbs {
            text += "                \(below.name))\n"
            text += arguments(below, name, "                    ")
            text += "                    ;;\n"
        }
        return text + "                esac\n                ;;\n            esac\n"
    }

    private static func arguments(_ verb: Verb, _ name: String, _ indent: String) -> String {
        var specs: [String] = []
        for option in verb.options { specs += self.specs(option, name) }
        specs.append("--help[show help]")
        for (index, positional) in verb.positionals.enumerated() {
            let place: String
            switch positional.count {
            case .required: place = "\(index + 1)"
            case .optional: place = "\(index + 1):"
            case .rest: place = "*"
            }
            let action = action(positional.completion, name)
            specs.append("\(place):\(plain(positional.name.lowercased())):\(action)")
        }
        let lines = specs.map { "\(indent)    \(ShellCompletions.quoted($0))" }
        return "\(indent)_arguments \\\n" + lines.joined(separator: " \\\n") + "\n"
    }

    private static func specs(_ option: Option, _ name: String) -> [String] {
        let star = option.isRepeatable ? "*" : ""
        return ShellCompletions.names(of: option).map { spelling in
            let about = "[\(plain(option.about))]"
            if option.isFlag { return "\(star)\(spelling)\(about)" }
            let value = ":\(plain(option.placeholder.lowercased())):"
            let action = action(option.completion, name)
            // A value that may be missing is part of the same word.
            let mark = option.bare != nil ? "=-" : spelling.hasPrefix("--") ? "=" : "+"
            let optional = option.bare != nil ? ":" : ""
            return "\(star)\(spelling)\(mark)\(about)\(optional)\(value)\(action)"
        }
    }

    private static func action(_ completion: Completion, _ name: String) -> String {
        switch completion {
        case .nothing: " "
        case .files: "_files"
        case .words(let words): "(\(words.joined(separator: " ")))"
        // Names of models have colons, which the short form takes for descriptions.
        case .output(let command):
            "{local -a found; found=(${(f)\"$(\(name) \(command) 2>/dev/null)\"}); compadd -a found}"
        }
    }

    /// A text without what means something to the descriptions of zsh.
    private static func plain(_ text: String) -> String {
        String(text.map { ":[]".contains($0) ? " " : $0 })
    }
}
