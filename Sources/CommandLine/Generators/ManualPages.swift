/// Manual pages of a program and its verbs, for `man`.
package enum ManualPages {
    /// The pages: a name such as "baton-run.1" and its text in roff.
    ///
    /// One page for the program and one for each of its verbs; verbs below a verb are in its page.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - version: Its version, for the foot of each page.
    package static func pages(
        of program: Program,
        version: String
    ) -> [(name: String, text: String)] {
        let root = program.root
        let foot = "\(root.name) \(version)"
        return [("\(root.name).1", overview(root, foot))]
            + root.verbs.map { verb in
                ("\(root.name)-\(verb.name).1", page(verb, of: root, foot))
            }
    }

    private static func overview(_ root: Verb, _ foot: String) -> String {
        var text = head(root.name, foot) + name(root.name, root.summary)
        text += ".SH SYNOPSIS\n.B \(escaped(root.name))\nVERB [options] [arguments]\n"
        text += description(root)
        text += ".SH VERBS\n"
        for verb in root.verbs {
            text += item(verb.name, "\(verb.summary); see \(root.name)-\(verb.name)(1)")
        }
        text += ".SH OPTIONS\n" + item("-h, --help", "show help; after a verb, that of the verb")
        text += item("--version", "print the version")
        return text + exitStatus
    }

    private static func page(_ verb: Verb, of root: Verb, _ foot: String) -> String {
        let title = "\(root.name)-\(verb.name)"
        var text = head(title, foot) + name(title, verb.summary)
        text += ".SH SYNOPSIS\n" + synopsis(verb, "\(root.name) \(verb.name)")
        text += description(verb)
        if !verb.aliases.isEmpty {
            let names = verb.aliases.map { "\(root.name) \($0)" }.joined(separator: ", ")
            text += ".PP\nAlso \(escaped(names)).\n"
        }
        if verb.verbs.isEmpty {
            text += arguments(verb) + ".SH OPTIONS\n" + options(verb)
        } else {
            text += ".SH VERBS\n"
            for below in verb.verbs {
                text += ".SS \"\(escaped("\(root.name) \(verb.name) \(below.name)"))\"\n"
                text += "\(escaped(below.summary))\n.PP\n"
                text += synopsis(below, "\(root.name) \(verb.name) \(below.name)")
                for argument in below.positionals { text += item(argument.name, argument.about) }
                text += options(below)
            }
        }
        return text + exitStatus + ".SH SEE ALSO\n.BR \(escaped(root.name)) (1)\n"
    }

    private static func head(_ title: String, _ foot: String) -> String {
        // No date: the same sources make the same page.
        ".TH \"\(escaped(title.uppercased()))\" 1 \"\" \"\(escaped(foot))\"\n.nh\n.ad l\n"
    }

    private static func name(_ name: String, _ summary: String) -> String {
        ".SH NAME\n\(escaped(name)) \\- \(escaped(summary))\n"
    }

    private static func synopsis(_ verb: Verb, _ command: String) -> String {
        let words = Help.usage(of: verb, command).dropFirst(command.count)
        return ".B \(escaped(command))\n\(escaped(String(words.drop { $0 == " " })))\n"
    }

    private static func description(_ verb: Verb) -> String {
        guard !verb.details.isEmpty else { return "" }
        var text = ".SH DESCRIPTION\n"
        for line in verb.details.split(separator: "\n", omittingEmptySubsequences: false) {
            // What is indented stands as it is.
            if line.isEmpty {
                text += ".PP\n"
            } else if line.hasPrefix("  ") {
                text += ".nf\n\(escaped(String(line)))\n.fi\n"
            } else {
                text += "\(escaped(String(line)))\n"
            }
        }
        return text
    }

    private static func arguments(_ verb: Verb) -> String {
        guard !verb.positionals.isEmpty else { return "" }
        return ".SH ARGUMENTS\n" + verb.positionals.map { item($0.name, $0.about) }.joined()
    }

    private static func options(_ verb: Verb) -> String {
        let rows = verb.options.map(Help.row) + [("-h, --help", "show help")]
        return rows.map { item(String($0.0.drop { $0 == " " }), $0.1) }.joined()
    }

    private static func item(_ name: String, _ about: String) -> String {
        ".TP\n.B \(escaped(name))\n\(escaped(about))\n"
    }

    private static let exitStatus = """
        .SH EXIT STATUS
        0 when it was done, 1 when it was not, 64 for a command line that is not understood.

        """

    /// A text that roff takes for nothing else.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for (index, character) in text.enumerated() {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "." where index == 0, "'" where index == 0: result += "\\&\(character)"
            case "\"": result += "\\(dq"
            default: result.append(character)
            }
        }
        return result
    }
}
