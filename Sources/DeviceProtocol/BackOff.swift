/// Pauses that double from one to the next, up to a longest one.
package struct BackOff: Sendable, Hashable {
    private var pause: Duration
    private let longest: Duration

    /// Starts with the shortest pause.
    ///
    /// - Parameters:
    ///   - first: The first pause.
    ///   - longest: The longest one.
    package init(first: Duration, longest: Duration) {
        pause = first
        self.longest = longest
    }

    /// The pause before the next attempt.
    package mutating func next() -> Duration {
        let current = min(pause, longest)
        pause = current * 2
        return current
    }
}
