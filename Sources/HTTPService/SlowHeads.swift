internal import POSIX

/// Since when connections have been receiving a head, as far as looking now and then can tell.
///
/// A busy connection may be seen with a piece of a head at every look, each time of another request:
/// what tells them apart is when the request before was over.
struct SlowHeads: Sendable {
    private struct Seen {
        let since: MonotonicTime
        let requestBefore: MonotonicTime
    }

    private var heads: [UInt64: Seen] = [:]

    /// Notes what a connection is at.
    ///
    /// - Parameters:
    ///   - id: The connection.
    ///   - standing: What it is at.
    ///   - requestBefore: When anything last came of its request before, or it was opened.
    ///   - now: The present moment.
    /// - Returns: For how long it has been seen receiving this head; nil when it receives none.
    mutating func note(
        _ id: UInt64,
        _ standing: Patience.Standing,
        requestBefore: MonotonicTime,
        at now: MonotonicTime
    ) -> Duration? {
        guard standing == .receivingHead else {
            heads.removeValue(forKey: id)
            return nil
        }
        if let seen = heads[id], seen.requestBefore == requestBefore { return now - seen.since }
        heads[id] = Seen(since: now, requestBefore: requestBefore)
        return .zero
    }

    /// Forgets a connection that is closed.
    mutating func forget(_ id: UInt64) {
        heads.removeValue(forKey: id)
    }
}
