internal import POSIX
internal import VocabularyProtocol

/// Who waits for the vocabulary process, and when it is started and ended.
///
/// DESIGN. A request: waiting → in flight → gone, or waiting → gone. The process: absent → live →
/// ending → absent, or live → absent when it ends by itself. Invariants:
/// 1. at most one request is in flight, so that whoever waits for too long is known;
/// 2. every request leaves exactly once: answered, failed in an action, or cancelled;
/// 3. at most `requests` are here, and a caller is told within `timeLimit`;
/// 4. a request that the process ended over is repeated once, since the reason may lie outside; it
///    is never repeated after it took too long.
///
/// A caller who leaves (cancelled, or out of time after waiting for others) does not end the
/// process: its request stays in flight, abandoned, for as long as one may. After two ends in a row
/// without an answer between them, starting waits longer each time. Knows no process, clock or task.
struct VocabularyState {
    /// Bounds; see `VocabularyConfiguration`.
    struct Bounds {
        var requests = 16
        var timeLimit = Duration.seconds(10)
        var idleLimit = Duration.seconds(300)
    }

    /// What the shell shall do, in order.
    enum Action: Equatable {
        case start
        case send(Int)
        case fail(Int, VocabularyError)
        case end
    }

    /// How a process ended.
    enum Loss: Equatable {
        /// By a signal: it may be this request that ends it.
        case crash(String)
        /// It was not started, or gave up for a reason of its own.
        case failure(String)
    }

    private struct Request {
        let id: Int
        let deadline: MonotonicTime
        var losses = 0
        /// When it was sent; nil while it waits.
        var sent: MonotonicTime?
        var isAbandoned = false
    }

    private enum Process {
        case absent
        case live
        case ending
    }

    private let bounds: Bounds
    private var process = Process.absent
    private var waiting: [Request] = []
    private var current: Request?
    private var idleSince: MonotonicTime?
    private var lossesInARow = 0
    /// Nil unless starting must wait.
    private var startsAt: MonotonicTime?
    private var isClosed = false

    init(_ bounds: Bounds) {
        self.bounds = bounds
    }

    // MARK: Events

    mutating func ask(_ id: Int, at now: MonotonicTime) -> [Action] {
        guard !isClosed else { return [.fail(id, Self.closed)] }
        let count = waiting.count + (current == nil ? 0 : 1)
        guard count < bounds.requests else {
            let message = "\(count) requests wait for the vocabulary process already"
            return [.fail(id, VocabularyError(.busy, message))]
        }
        waiting.append(Request(id: id, deadline: now + bounds.timeLimit))
        return advance(to: now)
    }

    /// The caller does not want the answer any more.
    mutating func cancel(_ id: Int) {
        if current?.id == id {
            current?.isAbandoned = true
        } else {
            waiting.removeAll { $0.id == id }
        }
    }

    /// An answer came, so the process works; one that nobody waits for is ignored.
    mutating func answered(_ id: Int, at now: MonotonicTime) -> [Action] {
        guard current?.id == id else { return [] }
        current = nil
        idleSince = now
        lossesInARow = 0
        startsAt = nil
        return advance(to: now)
    }

    /// The process ended, or could not be started.
    mutating func lost(_ loss: Loss, at now: MonotonicTime) -> [Action] {
        let wasLive = process == .live
        process = .absent
        guard wasLive, !isClosed else { return advance(to: now) }
        lossesInARow += 1
        if lossesInARow > 2 {
            startsAt = now + .milliseconds(100 << min(lossesInARow - 3, 6))
        }
        guard var request = current.take(), !request.isAbandoned else { return advance(to: now) }
        request.losses += 1
        guard request.losses < 2 else {
            return [.fail(request.id, Self.error(for: loss))] + advance(to: now)
        }
        request.sent = nil
        waiting.insert(request, at: 0)
        return advance(to: now)
    }

    /// Tells those whose time is over, ends what must end, and sends the next.
    mutating func advance(to now: MonotonicTime) -> [Action] {
        var actions = expire(at: now)
        if let sent = current?.sent, now - sent >= bounds.timeLimit {
            current = nil
            process = .ending
            actions.append(.end)
        }
        if process == .live, isIdle, let idleSince, now - idleSince >= bounds.idleLimit {
            process = .ending
            actions.append(.end)
        }
        guard current == nil, !waiting.isEmpty, !isClosed else { return actions }
        if process == .absent, mayStart(at: now) {
            process = .live
            startsAt = nil
            actions.append(.start)
        }
        guard process == .live else { return actions }
        var next = waiting.removeFirst()
        next.sent = now
        current = next
        return actions + [.send(next.id)]
    }

    /// Refuses everybody from now on and ends the process.
    mutating func close() -> [Action] {
        isClosed = true
        let present = (current.map { $0.isAbandoned ? [] : [$0] } ?? []) + waiting
        current = nil
        waiting = []
        let failures = present.map { Action.fail($0.id, Self.closed) }
        guard process == .live else { return failures }
        process = .ending
        return failures + [.end]
    }

    /// When `advance` has something to do that no other event announces.
    var deadline: MonotonicTime? {
        let others = waiting.map(\.deadline)
        let own = current.map { $0.isAbandoned ? [] : [$0.deadline] } ?? []
        let limit = current?.sent.map { $0 + bounds.timeLimit }
        let idle = process == .live && isIdle ? idleSince.map { $0 + bounds.idleLimit } : nil
        let start = process == .absent && !waiting.isEmpty ? startsAt : nil
        return (others + own + [limit, idle, start].compactMap { $0 }).min()
    }

    /// Whether a process lives that nobody has ended.
    var isWanted: Bool { process == .live }

    // MARK: -

    private var isIdle: Bool { current == nil && waiting.isEmpty }

    private func mayStart(at now: MonotonicTime) -> Bool {
        startsAt.map { $0 <= now } ?? true
    }

    private mutating func expire(at now: MonotonicTime) -> [Action] {
        var late = waiting.filter { $0.deadline <= now }
        waiting.removeAll { $0.deadline <= now }
        if let request = current, !request.isAbandoned, request.deadline <= now {
            current?.isAbandoned = true
            late.insert(request, at: 0)
        }
        let seconds = bounds.timeLimit.seconds
        return late.map {
            .fail($0.id, VocabularyError(.timeout, "there was no answer within \(seconds) seconds"))
        }
    }

    private static let closed = VocabularyError(.failed, "the vocabulary client is shut down")

    private static func error(for loss: Loss) -> VocabularyError {
        switch loss {
        case .crash(let reason):
            VocabularyError(.crashed, "the vocabulary process ended twice over it: \(reason)")
        case .failure(let reason): VocabularyError(.failed, reason)
        }
    }
}
