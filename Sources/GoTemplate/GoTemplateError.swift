/// Why a template cannot be read, or cannot be carried out with what it was given.
package struct GoTemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line of the template, counted from 1.
    package let line: Int
    /// What is wrong.
    package let message: String

    /// The line and what is wrong there.
    package var description: String { "line \(line): \(message)" }

    init(_ message: String, line: Int) {
        self.message = message
        self.line = line
    }
}
