/// How often and after what pause something is tried again; pure.
package struct RetryRule: Sendable, Hashable {
    /// Attempts in a row that bring nothing; 6 unless set. One that brings something starts the
    /// count anew.
    package var attempts = 6
    /// The pause after the first failure, doubled after each further one; 0.5 s unless set.
    package var pause: Duration = .milliseconds(500)
    /// The longest pause; 30 s unless set. A registry that names a pause gets it, up to twice that.
    package var longestPause: Duration = .seconds(30)

    /// The usual rule.
    package init() {}

    /// The pause after so many failures in a row; nil when there were enough.
    ///
    /// - Parameters:
    ///   - failures: How many, at least 1.
    ///   - wanted: What the server asked for.
    ///   - chance: 0 to 1: clients that failed together shall not come back together.
    func pause(after failures: Int, wanted: Duration?, chance: Double) -> Duration? {
        guard failures < attempts else { return nil }
        if let wanted { return min(max(wanted, .zero), longestPause * 2) }
        let doubled = pause * (1 << min(failures - 1, 16))
        return min(doubled, longestPause) * (0.75 + 0.5 * chance)
    }
}
