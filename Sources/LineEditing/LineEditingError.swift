/// Why no lines can be read from a terminal.
package struct LineEditingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what to do, as people read it.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
