/// Why a text is no Modelfile, and on which line.
package struct ModelfileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Sendable, Hashable {
        /// It does not say what the model is made from.
        case noSource
        /// A line begins with something else than an instruction.
        case unknownInstruction
        /// The speaker of a message is none of those that there are.
        case unknownRole
        /// The text ends, or the line, before the instruction is complete.
        case incomplete(String)
        /// Nobody knows a parameter of this name.
        case unknownParameter(String)
        /// A parameter's value is not of its type: "int", "float", "bool", "json".
        case invalidValue(type: String, value: String)
        /// The version that is required is none.
        case invalidVersion
        /// The text has more bytes than what is read.
        case tooLong(bytes: Int)
    }

    /// What is wrong.
    package let reason: Reason
    /// The line, counted from 1; nil when no line is to blame.
    package let line: Int?

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - reason: What is wrong.
    ///   - line: The line, counted from 1.
    package init(_ reason: Reason, line: Int? = nil) {
        self.reason = reason
        self.line = line
    }

    /// The sentence people read: "(line 3): unknown parameter 'temprature'".
    package var description: String { line.map { "(line \($0)): \(reason)" } ?? "\(reason)" }
}

extension ModelfileError.Reason: CustomStringConvertible {
    /// The sentence people read, where Ollama has one in its words.
    package var description: String {
        switch self {
        case .noSource: "no FROM line"
        case .unknownInstruction: "command must be one of \(Self.list(ModelfileReader.words))"
        case .unknownRole: "message role must be one of \(Self.list(Modelfile.roles))"
        case .incomplete(let what): "unexpected EOF: \(what)"
        case .unknownParameter(let name): "unknown parameter '\(name)'"
        case .invalidValue(let type, let value): "invalid \(type) value [\(value)]"
        case .invalidVersion: "requires must be a valid semver (e.g. 0.14.0)"
        case .tooLong(let bytes):
            "the text has \(bytes) bytes, \(ModelfileReader.longest) are the most"
        }
    }

    /// Words in quotation marks with commas: `"a", "b", or "c"`.
    private static func list(_ words: [String]) -> String {
        let quoted = words.map { "\"\($0)\"" }
        return quoted.dropLast().joined(separator: ", ") + ", or \(quoted.last ?? "")"
    }
}
