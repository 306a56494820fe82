/// One thing that is wrong with a configuration.
package struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// Where the value came from: a file with its line ("/etc/baton/ocr.yaml:12"), or a variable.
    package let source: String
    /// The full key ("ocr.det_threshold"); empty when the whole file is meant.
    package let key: String
    /// What is wrong and what to do.
    package let message: String

    /// The sentence people read.
    package var description: String {
        [source, key, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// Everything that is wrong with a configuration, at once.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The problems in the order of the file; never empty.
    package let problems: [ConfigurationProblem]

    /// One problem a line.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }

    init(_ problems: [ConfigurationProblem]) {
        self.problems = problems
    }

    /// Describes one problem.
    ///
    /// - Parameters:
    ///   - source: Where it was met.
    ///   - message: What is wrong and what to do.
    package init(source: String, _ message: String) {
        problems = [ConfigurationProblem(source: source, key: "", message: message)]
    }
}
