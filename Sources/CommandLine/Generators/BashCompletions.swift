/// Completions for bash.
enum BashCompletions {
    static func script(_ root: Verb) -> String {
        let name = root.name
        var text = """
            # Completions of \(name) for bash; made by '\(name) completions bash'.

            _\(name)_words() {
                local line
                while IFS= read -r line; do
                    COMPREPLY+=("$line")
                done < <(compgen -W "$1" -- "$word")
            }

            _\(name)_files() {
                local line
                compopt -o filenames 2>/dev/null
                while IFS= read -r line; do
                    COMPREPLY+=("$line")
                done < <(compgen -f -- "$word")
            }

            # A colon parts words for readline; what comes before it is there already.
            _\(name)_uncolon() {
                local prefix=${word%"${word##*:}"} i
                case $word$COMP_WORDBREAKS in
                *:*:*) for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$prefix"}; done ;;
                esac
            }

            _\(name)() {
                local word before line verb="" i
                line=${COMP_LINE:0:COMP_POINT}
                word=${line##*[[:space:]]}
                local -a words
                read -r -a words <<<"${line%"$word"}"
                before=""
                if ((${#words[@]} > 1)); then
                    before=${words[${#words[@]} - 1]}
                fi
                COMPREPLY=()
                for ((i = 1; i < ${#words[@]}; i++)); do
                    case ${words[i]} in
                    -*) ;;
                    *)
                        verb=${words[i]}
                        break
                        ;;
                    esac
                done

            """
        for group in root.verbs where !group.verbs.isEmpty {
            text += """
                    if [[ $verb == \(group.name) && ${words[i + 1]:-} != "" ]]; then
                        verb="\(group.name) ${words[i + 1]}"
                    fi

                """
        }
        text += "    case $verb in\n"
        let verbs = root.verbs.map(\.name).joined(separator: " ")
        text += "    \"\") _\(name)_words \"\(verbs) --help --version\" ;;\n"
        for group in root.verbs where !group.verbs.isEmpty {
            let below = group.verbs.map(\.name).joined(separator: " ")
            text += "    \(group.name)) _\(name)_words \"\(below) --help\" ;;\n"
        }
        for (words, verb) in ShellCompletions.leaves(of: root) {
            text += "    \(words.count > 1 ? "\"\(words.joined(separator: " "))\"" : words[0]))\n"
            text += leaf(verb, name) + "        ;;\n"
        }
        text += "    esac\n    _\(name)_uncolon\n}\n\ncomplete -F _\(name) \(name)\n"
        return text
    }

    private static func leaf(_ verb: Verb, _ name: String) -> String {
        var text = "        case $before in\n"
        for option in verb.options where option.takesNextWord {
            let names = ShellCompletions.names(of: option).joined(separator: " | ")
            text += "        \(names)) \(offer(option.completion, name)); return ;;\n"
        }
        text += "        esac\n"
        let options = (verb.options.map { "--\($0.name)" } + ["--help"]).joined(separator: " ")
        let rest = verb.positionals.first.map { offer($0.completion, name) } ?? ":"
        text += """
                    case $word in
                    -*) _\(name)_words "\(options)" ;;
                    *) \(rest) ;;
                    esac

            """
        return text
    }

    private static func offer(_ completion: Completion, _ name: String) -> String {
        switch completion {
        case .nothing: ":"
        case .files: "_\(name)_files"
        case .words(let words): "_\(name)_words \"\(words.joined(separator: " "))\""
        case .output(let command): "_\(name)_words \"$(\(name) \(command) 2>/dev/null)\""
        }
    }
}
