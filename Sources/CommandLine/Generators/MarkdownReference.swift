/// The reference of a program's verbs in Markdown.
package enum MarkdownReference {
    /// The text: a table of verbs, then a section for each.
    ///
    /// - Parameter program: The program.
    package static func text(of program: Program) -> String {
        let root = program.root
        var text = "| verb | what it does |\n|---|---|\n"
        for verb in root.verbs {
            text +=
                "| [`\(verb.name)`](#\(anchor("\(root.name) \(verb.name)")))"
                + " | \(cell(verb.summary)) |\n"
        }
        for verb in root.verbs {
            text += "\n## \(root.name) \(verb.name)\n\n\(sentence(verb.summary))\n"
            text += body(verb, "\(root.name) \(verb.name)")
            for below in verb.verbs {
                let command = "\(root.name) \(verb.name) \(below.name)"
                text += "\n### \(command)\n\n\(sentence(below.summary))\n" + body(below, command)
            }
        }
        return text
    }

    private static func body(_ verb: Verb, _ command: String) -> String {
        var text = "\n```\n\(Help.usage(of: verb, command))\n```\n"
        if !verb.details.isEmpty { text += "\n" + details(verb.details) }
        if !verb.aliases.isEmpty {
            text += "\nAlso: \(verb.aliases.map { "`\($0)`" }.joined(separator: ", ")).\n"
        }
        let rows =
            verb.positionals.map { ($0.name, $0.about) }
            + verb.options.map { option in
                let (name, about) = Help.row(option)
                return (String(name.drop { $0 == " " }), about)
            }
        guard !rows.isEmpty else { return text }
        text += "\n| | |\n|---|---|\n"
        for (name, about) in rows { text += "| `\(cell(name))` | \(cell(about)) |\n" }
        return text
    }

    /// Lines that are indented become a block of code.
    private static func details(_ text: String) -> String {
        var result = ""
        var isCode = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let isIndented = line.hasPrefix("  ")
            if isIndented != isCode, !line.isEmpty || isCode {
                result += "```\n"
                isCode = isIndented
            }
            result += "\(isIndented ? String(line.dropFirst(2)) : escaped(String(line)))\n"
        }
        return result + (isCode ? "```\n" : "")
    }

    private static func anchor(_ title: String) -> String {
        String(title.lowercased().map { $0 == " " ? "-" : $0 })
    }

    private static func sentence(_ summary: String) -> String {
        escaped((summary.first?.uppercased() ?? "") + summary.dropFirst()) + "."
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "<", omittingEmptySubsequences: false).joined(separator: "&lt;")
    }
}
