/// Ends a stream of text where one of some texts begins, and never shows a part of one.
///
/// In whatever pieces the stream comes, it ends with the text that begins first, and of several at
/// one place with the shortest.
package struct StopFilter: Sendable {
    private var hold: TextHold
    /// The text that has ended the stream; nil while it goes on.
    package private(set) var stopped: String?

    /// Makes a filter.
    ///
    /// - Parameter stops: The texts that end the stream; empty ones do not count.
    package init(_ stops: [String]) {
        hold = TextHold(stops)
    }

    /// Takes a piece of the stream.
    ///
    /// - Parameter text: The piece.
    /// - Returns: What may be shown; empty once the stream has ended.
    package mutating func add(_ text: String) -> String {
        guard stopped == nil else { return "" }
        let (before, found) = hold.add(text)
        stopped = found
        return before
    }

    /// What was kept back although nothing followed: call when the stream is over.
    package mutating func finish() -> String {
        guard stopped == nil else { return "" }
        let (before, found) = hold.finish()
        stopped = found
        return before
    }
}
