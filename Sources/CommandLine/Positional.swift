/// What a verb accepts in order.
package struct Positional: Sendable {
    /// How many words it takes.
    package enum Count: Sendable {
        /// Exactly one.
        case required
        /// One or none.
        case optional
        /// All that are left, even none.
        case rest
    }

    /// What help calls it.
    package let name: String
    /// How many words it takes.
    package let count: Count
    /// What a shell offers for it.
    package let completion: Completion
    /// One line about it, lower case, without a period.
    package let about: String

    /// Declares a positional.
    ///
    /// - Parameters:
    ///   - name: What help calls it.
    ///   - about: One line about it.
    ///   - count: How many words it takes.
    ///   - completion: What a shell offers for it.
    package init(
        _ name: String,
        _ about: String,
        _ count: Count = .required,
        completion: Completion = .nothing
    ) {
        self.name = name
        self.count = count
        self.completion = completion
        self.about = about
    }
}
