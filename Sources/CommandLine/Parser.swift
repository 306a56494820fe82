internal import Text

/// A command line that the program does not understand.
package struct UsageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what was probably meant.
    package let message: String
    /// The verb whose help shows what is right: "baton config render".
    package let command: String

    /// Two lines for standard error.
    package var description: String {
        "\(command): \(message)\ntry '\(command) --help'"
    }
}

/// What a command line asks for.
package enum Invocation: Sendable {
    /// Run a verb.
    case run(Verb, Values)
    /// Show a text on standard output.
    case show(String)
}

/// Reads words against declared verbs; pure.
struct Parser {
    private var verb: Verb
    private var command: String
    private var words: ArraySlice<String>
    private var values: Values
    private var plain: [String] = []
    private let width: Int

    init(root: Verb, words: [String], width: Int) {
        verb = root
        command = root.name
        self.words = words[...]
        values = Values(root)
        self.width = width
    }

    mutating func parse() throws(UsageError) -> Invocation {
        try findVerb()
        if let help = showsHelp { return .show(help) }
        while let word = words.popFirst() {
            switch word {
            case "--":
                plain += words
                words = []
            case "--help", "-h": return .show(Help.text(of: verb, command: command, width: width))
            case _ where word.hasPrefix("--"): try long(word.dropFirst(2))
            case _ where word.hasPrefix("-") && word != "-": try short(word.dropFirst())
            default: plain.append(word)
            }
        }
        try assign()
        return .run(verb, values)
    }

    /// Walks down the verbs while words name them.
    private mutating func findVerb() throws(UsageError) {
        while !verb.verbs.isEmpty {
            guard let word = words.first, !["--help", "-h"].contains(word) else { return }
            if let next = verb.verbs.first(where: { $0.answers(to: word) }) {
                verb = next
                command += " \(next.name)"
                values = Values(next)
                words.removeFirst()
                continue
            }
            let names = verb.verbs.map(\.name)
            let what = word.hasPrefix("-") ? "option" : "verb"
            throw error("unknown \(what) '\(word)'", Suggestion.closest(to: word, among: names))
        }
    }

    /// The help of a group, which is all that a group without a verb can show.
    private var showsHelp: String? {
        guard !verb.verbs.isEmpty, !words.isEmpty else { return nil }
        return Help.text(of: verb, command: command, width: width)
    }

    private mutating func long(_ word: Substring) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = verb.options.first(where: { $0.name == name }) else {
            let names = verb.options.map(\.name) + ["help"]
            let close = Suggestion.closest(to: name, among: names)
            throw error("unknown option '--\(name)'", close.map { "--\($0)" })
        }
        try take(option, as: "--\(name)", parts.count == 2 ? String(parts[1]) : nil)
    }

    /// Reads `-v`, `-p 80`, `-p80`, and flags written together.
    private mutating func short(_ letters: Substring) throws(UsageError) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = verb.options.first(where: { $0.short == letter }) else {
                throw error("unknown option '-\(letter)'", nil)
            }
            guard option.isFlag else {
                let value = letters.isEmpty ? nil : String(letters)
                return try take(option, as: "-\(letter)", value)
            }
            try take(option, as: "-\(letter)", nil)
        }
    }

    private mutating func take(
        _ option: Option,
        as label: String,
        _ attached: String?
    ) throws(UsageError) {
        var text = attached
        if option.isFlag {
            guard attached == nil else { throw error("'\(label)' takes no value", nil) }
            text = ""
        } else if text == nil {
            text = option.bare ?? words.popFirst()
        }
        guard let text else { throw error("'\(label)' needs a value", nil) }
        if let objection = option.objection(to: text) {
            throw error("'\(label)' \(objection), not '\(text)'", nil)
        }
        guard option.isFlag || option.isRepeatable || values.given[option.name] == nil else {
            throw error("'\(label)' is given twice", nil)
        }
        values.given[option.name, default: []].append(text)
    }

    private mutating func assign() throws(UsageError) {
        guard verb.run != nil else { throw error("a verb is missing", nil) }
        var left = plain[...]
        for positional in verb.positionals {
            switch positional.count {
            case .rest:
                if !left.isEmpty { values.given[positional.name] = Array(left) }
                left = []
            case .required, .optional:
                if let word = left.popFirst() {
                    values.given[positional.name] = [word]
                } else if case .required = positional.count {
                    throw error("<\(positional.name)> is missing", nil)
                }
            }
        }
        if let word = left.first { throw error("unexpected '\(word)'", nil) }
    }

    private func error(_ message: String, _ suggestion: String?) -> UsageError {
        let hint = suggestion.map { " (did you mean '\($0)'?)" } ?? ""
        return UsageError(message: message + hint, command: command)
    }
}
