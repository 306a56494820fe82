internal import POSIX

/// How long an exchange may take.
package struct Patience: Sendable, Hashable {
    /// For the name, the connection and its encryption together; 10 s unless set.
    package var connect: Duration = .seconds(10)
    /// From the connection, or the request's last byte, to the answer's head; 60 s unless set.
    package var head: Duration = .seconds(60)
    /// The fewest bytes that a body brings in a second, on the average of `stall`; 1 unless set.
    package var stallRate = 1
    /// How long a body may bring fewer; 30 s unless set.
    ///
    /// Time in which the receiver takes nothing does not count.
    package var stall: Duration = .seconds(30)
    /// For everything; without an end unless set.
    package var total: Duration?

    /// The usual patience.
    package init() {}
}

/// Decides whether an exchange has taken too long; pure.
///
/// Connecting, then waiting for the head, then receiving; bytes that are sent extend the second.
struct TransferClock {
    private enum Phase {
        case connecting
        case waiting(since: MonotonicTime)
        case receiving(since: MonotonicTime, bytes: Int)
        case paused
    }

    private let patience: Patience
    private let start: MonotonicTime
    private var phase = Phase.connecting

    init(_ patience: Patience, at now: MonotonicTime) {
        self.patience = patience
        start = now
    }

    /// The connection stands.
    mutating func connected(at now: MonotonicTime) {
        if case .connecting = phase { phase = .waiting(since: now) }
    }

    /// A part of the request's body was handed over.
    mutating func sent(at now: MonotonicTime) {
        if case .waiting = phase { phase = .waiting(since: now) }
    }

    /// The answer's head is complete.
    mutating func gotHead(at now: MonotonicTime) {
        phase = .receiving(since: now, bytes: 0)
    }

    /// A part of the body was taken.
    mutating func received(_ count: Int) {
        guard case .receiving(let since, let bytes) = phase else { return }
        phase = .receiving(since: since, bytes: bytes + count)
    }

    /// The receiver takes nothing for now, or the source of a request's body has nothing.
    mutating func paused() { phase = .paused }

    /// They do again.
    mutating func resumed(at now: MonotonicTime, hasHead: Bool) {
        guard case .paused = phase else { return }
        phase = hasHead ? .receiving(since: now, bytes: 0) : .waiting(since: now)
    }

    /// Looks whether it took too long; nil where it did not.
    mutating func check(at now: MonotonicTime) -> WebError.Code? {
        if let total = patience.total, now - start >= total { return .timedOut }
        switch phase {
        case .connecting:
            // Libcurl's own limit comes first, save where it waits for a connection of another's.
            return now - start >= patience.connect + patience.head ? .timedOut : nil
        case .waiting(let since): return now - since >= patience.head ? .timedOut : nil
        case .receiving(let since, let bytes):
            guard now - since >= patience.stall else { return nil }
            let wanted = Double(patience.stallRate) * (now - since).seconds
            if Double(bytes) < wanted { return .stalled }
            phase = .receiving(since: now, bytes: 0)
            return nil
        case .paused: return nil
        }
    }

    /// When to look again at the latest; nil for no need to.
    var next: MonotonicTime? {
        let limit: MonotonicTime? =
            switch phase {
            case .connecting: start + patience.connect + patience.head
            case .waiting(let since): since + patience.head
            case .receiving(let since, _): since + patience.stall
            case .paused: nil
            }
        guard let total = patience.total else { return limit }
        return min(limit ?? start + total, start + total)
    }
}
