package import POSIX

/// Decides when arrivals that follow each other quickly are gathered before they are looked at.
///
/// DESIGN. Waking for a token costs 50 to 100 µs of processor time, here and where the answer goes
/// out, more than all that is done with it. At the pace at which people read that is nothing; a small
/// model that writes 5,000 tokens a second would lose a third of a core to it, which it needs itself.
/// So one arrival is looked at when it comes, the first ones of an answer are too, and only a longer
/// row of quick ones is gathered for a few milliseconds at a time, as network cards do with packets.
package struct ArrivalPace: Sendable {
    private var last: MonotonicTime?
    /// Arrivals in a row that came soon after the one before.
    private var row = 0

    /// Most time between arrivals that follow each other quickly.
    static let quick = Duration.milliseconds(2)
    /// How long arrivals are gathered; a quarter of what a display shows as one picture.
    static let span = Duration.milliseconds(4)
    /// Without an arrival for so long, those that follow are looked at one by one again.
    static let pause = Duration.milliseconds(8)
    /// Quick arrivals that are looked at one by one: the first words of an answer come at once.
    static let patience = 4

    /// Nothing has arrived.
    package init() {}

    /// Notes an arrival.
    ///
    /// - Parameter now: The present moment.
    package mutating func arrived(_ now: MonotonicTime) {
        // What was gathered says nothing of single ones; that nothing came for as long again does.
        let limit = row > Self.patience ? Self.pause : Self.quick
        row = last.map { now - $0 < limit } == true ? min(row + 1, Self.patience + 1) : 0
        last = now
    }

    /// Until when to let arrivals gather; nil to look at once.
    ///
    /// - Parameter now: The present moment.
    package func rest(_ now: MonotonicTime) -> MonotonicTime? {
        guard row > Self.patience, let last else { return nil }
        let moment = last + Self.span
        return moment > now ? moment : nil
    }
}
