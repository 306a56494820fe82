/// A program with its verbs.
package struct Program: Sendable {
    /// The exit code of a command line that is not understood (`EX_USAGE`).
    package static let usageCode: Int32 = 64

    /// What it can do: its verbs, or the one thing.
    package let root: Verb
    private let version: String
    private let complaint: String

    /// Declares a program of several verbs.
    ///
    /// - Parameters:
    ///   - name: The program's name.
    ///   - summary: One line about it.
    ///   - version: What `--version` shows.
    ///   - details: More lines for its help.
    ///   - complaint: How messages about errors begin; by default with its name.
    ///   - verbs: What it can do.
    package init(
        _ name: String,
        _ summary: String,
        version: String,
        details: String = "",
        complaint: String? = nil,
        verbs: [Verb]
    ) {
        let root = Verb(name, summary, details: details, verbs: verbs)
        self.init(version: version, root, complaint: complaint)
    }

    /// Declares a program that does one thing.
    ///
    /// - Parameters:
    ///   - version: What `--version` shows.
    ///   - verb: What it does, under the program's name.
    ///   - complaint: How messages about errors begin; by default with its name.
    package init(version: String, _ verb: Verb, complaint: String? = nil) {
        root = verb
        self.version = version
        self.complaint = complaint ?? verb.name
    }

    /// Understands a command line; pure.
    ///
    /// `help VERB` means `VERB --help`.
    ///
    /// - Parameters:
    ///   - arguments: The words after the program's name.
    ///   - width: Columns for help.
    /// - Throws: `UsageError` that says what is wrong and what was probably meant.
    package func parse(
        _ arguments: [String],
        width: Int = 80
    ) throws(UsageError) -> Invocation {
        if arguments == ["--version"] { return .show("\(root.name) \(version)\n") }
        var words = arguments
        let hasHelpVerb = root.verbs.contains { $0.answers(to: "help") }
        if words.first == "help", !root.verbs.isEmpty, !hasHelpVerb {
            words = words.dropFirst() + ["--help"]
        }
        var parser = Parser(root: root, words: words, width: width)
        return try parser.parse()
    }

    /// Understands and runs a command line.
    ///
    /// - Parameter arguments: The words after the program's name.
    /// - Returns: The exit code: the verb's own, 0 after help, 64 for a command line that is not
    ///   understood, 1 for an error that the verb threw.
    package func run(_ arguments: [String]) async -> Int32 {
        do {
            switch try parse(arguments, width: Terminal.output.width) {
            case .show(let text):
                Terminal.write(text)
                return 0
            case .run(let verb, let values):
                return try await verb.run?(values) ?? Self.usageCode
            }
        } catch let error as UsageError {
            Terminal.writeError("\(error)\n")
            return Self.usageCode
        } catch {
            Terminal.writeError("\(complaint): \(error)\n")
            return 1
        }
    }
}
