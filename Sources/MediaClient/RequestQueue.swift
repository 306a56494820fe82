/// The requests of one helper: one is in flight, the others wait in order.
///
/// A request moves waiting → in flight → gone, or waiting → gone. Every request leaves exactly once,
/// with an outcome. Knows no process, clock or task.
struct RequestQueue<Waiter> {
    /// Why a request got no reply.
    enum Loss: Error, Equatable {
        /// The helper ended by itself while it worked on this request.
        case duringRequest
        /// The helper ended for a reason that is not this request's.
        case beside
        /// The helper was ended because this request took too long.
        case tookTooLong
        /// The caller does not want the reply any more.
        case cancelled
    }

    private struct Request {
        let id: Int
        let waiter: Waiter
        var verdict: Loss?
    }

    private var current: Request?
    private var waiting: [Request] = []
    /// Cancelled before they were added; cancellation may win that race.
    private var cancelled: Set<Int> = []
    private var hasEnded = false

    /// The request that is in flight.
    var inFlight: Int? { current?.id }

    /// Adds a request; a loss is its outcome at once.
    mutating func add(_ id: Int, _ waiter: Waiter) -> Loss? {
        if cancelled.remove(id) != nil { return .cancelled }
        if hasEnded { return .beside }
        waiting.append(Request(id: id, waiter: waiter))
        return nil
    }

    /// Puts the next request in flight, if none is.
    mutating func next() -> Waiter? {
        guard current == nil, !waiting.isEmpty else { return nil }
        current = waiting.removeFirst()
        return current?.waiter
    }

    /// Takes the request that a reply answers; nil when nobody waits for it.
    mutating func answer(_ id: Int) -> (waiter: Waiter, verdict: Loss?)? {
        guard let request = current, request.id == id else { return nil }
        current = nil
        return (request.waiter, request.verdict)
    }

    /// Decides how a request in flight ends unless a reply comes first; false when it is gone.
    mutating func condemn(_ id: Int, _ verdict: Loss) -> Bool {
        guard current?.id == id else { return false }
        if current?.verdict == nil { current?.verdict = verdict }
        return true
    }

    /// What a cancellation found.
    enum Cancellation {
        case waiting(Waiter)
        case inFlight
        case unknown
    }

    mutating func cancel(_ id: Int) -> Cancellation {
        if condemn(id, .cancelled) { return .inFlight }
        guard let index = waiting.firstIndex(where: { $0.id == id }) else {
            cancelled.insert(id)
            return .unknown
        }
        return .waiting(waiting.remove(at: index).waiter)
    }

    /// Forgets a cancellation that came too late to matter.
    mutating func settle(_ id: Int) {
        cancelled.remove(id)
    }

    /// The helper has ended: everybody leaves.
    mutating func end() -> [(waiter: Waiter, loss: Loss)] {
        hasEnded = true
        let first = current.map { [($0.waiter, $0.verdict ?? .duringRequest)] } ?? []
        let rest = waiting.map { ($0.waiter, Loss.beside) }
        current = nil
        waiting = []
        return first + rest
    }
}
