/// What a shell offers for a word that somebody begins to type.
package enum Completion: Sendable, Hashable {
    /// Nothing: only the person knows.
    case nothing
    /// Files and folders.
    case files
    /// These words.
    case words([String])
    /// The lines that this program prints when it is run with these words.
    case output(of: String)
}
