/// Why bytes are not acceptable JSON.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong: "a comma or the list's end is expected".
    package let reason: String
    /// Where, counted from 1.
    package let line: Int
    /// Where in the line, in code points counted from 1.
    package let column: Int

    /// The sentence people read.
    package var description: String { "\(reason) (line \(line), column \(column))" }
}
