/// Generates the help of a verb from its declaration.
enum Help {
    static func text(of verb: Verb, command: String, width: Int) -> String {
        var parts = ["\(command) – \(verb.summary)\n", "Usage: \(usage(of: verb, command))\n"]
        if !verb.details.isEmpty {
            parts.append(wrapped(verb.details, width: width, margin: 0) + "\n")
        }
        if !verb.aliases.isEmpty {
            parts.append("Also: \(verb.aliases.joined(separator: ", "))\n")
        }
        if !verb.verbs.isEmpty {
            parts.append(section("Verbs", verb.verbs.map { ($0.name, $0.summary) }, width))
        }
        if !verb.positionals.isEmpty {
            let rows = verb.positionals.map { ("<\($0.name)>", $0.about) }
            parts.append(section("Arguments", rows, width))
        }
        let help = ("-h, --help", "show this help")
        parts.append(section("Options", verb.options.map(row) + [help], width))
        return parts.joined(separator: "\n")
    }

    static func usage(of verb: Verb, _ command: String) -> String {
        var words = [command]
        if !verb.verbs.isEmpty { words.append("VERB") }
        if !verb.options.isEmpty { words.append("[options]") }
        for positional in verb.positionals {
            switch positional.count {
            case .required: words.append("<\(positional.name)>")
            case .optional: words.append("[<\(positional.name)>]")
            case .rest: words.append("[<\(positional.name)> ...]")
            }
        }
        return words.joined(separator: " ")
    }

    /// An option as lists have it: how it is written, and what it does.
    static func row(_ option: Option) -> (String, String) {
        let letter = option.short.map { "-\($0), " } ?? "    "
        let value =
            if option.isFlag {
                ""
            } else if option.bare != nil {
                "[=\(option.placeholder)]"
            } else {
                " \(option.placeholder)"
            }
        var about = option.about
        if case .choice(let words) = option.kind {
            about += ": \(words.joined(separator: ", "))"
        }
        if let bare = option.bare { about += "; \(bare) when no value is given" }
        if option.isRepeatable { about += "; may be repeated" }
        if let fallback = option.fallback { about += " (default: \(fallback))" }
        return ("\(letter)--\(option.name)\(value)", about)
    }

    private static func section(_ title: String, _ rows: [(String, String)], _ width: Int) -> String
    {
        let column = min(28, rows.map { $0.0.count }.max() ?? 0) + 4
        var text = "\(title):\n"
        for (name, about) in rows {
            let label = "  \(name)"
            let lines = wrapped(about, width: width, margin: column)
            if label.count + 2 > column {
                text += "\(label)\n" + String(repeating: " ", count: column) + lines
            } else {
                text += label + String(repeating: " ", count: column - label.count) + lines
            }
            text += "\n"
        }
        return text
    }

    /// Breaks a text into lines; all but the first begin with a margin, and all stay below `width`
    /// unless a single word is longer.
    static func wrapped(_ text: String, width: Int, margin: Int) -> String {
        let room = max(20, width - margin)
        let indent = "\n" + String(repeating: " ", count: margin)
        let paragraphs = text.split(separator: "\n", omittingEmptySubsequences: false)
        return paragraphs.map { paragraph in
            var lines: [String] = []
            for word in paragraph.split(separator: " ") {
                if let last = lines.last, last.count + 1 + word.count <= room {
                    lines[lines.count - 1] += " \(word)"
                } else {
                    lines.append(String(word))
                }
            }
            return lines.joined(separator: indent)
        }.joined(separator: indent)
    }
}
