/// Ends a stream of text where one of some texts begins, and never shows a part of one.
package struct StopFilter: Sendable {
    private let stops: [String]
    private var hold = TextHold()
    /// The text that has ended the stream; nil while it goes on.
    package private(set) var stopped: String?

    /// Makes a filter.
    ///
    /// - Parameter stops: The texts that end the stream; empty ones do not count.
    package init(_ stops: [String]) {
        self.stops = stops.filter { !$0.isEmpty }
    }

    /// Takes a piece of the stream.
    ///
    /// - Parameter text: The piece.
    /// - Returns: What may be shown; empty once the stream has ended.
    package mutating func add(_ text: String) -> String {
        guard stopped == nil else { return "" }
        hold.add(text)
        if let (before, found) = hold.take(firstOf: stops) {
            stopped = found
            _ = hold.takeAll()
            return before
        }
        return hold.takeSettled(before: stops)
    }

    /// What was kept back although nothing followed: call when the stream is over.
    package mutating func finish() -> String {
        stopped == nil ? hold.takeAll() : ""
    }
}
