package import DeviceProtocol
internal import POSIX

/// Lets a few tasks of each class work at once and a few more wait.
///
/// What a service prepares takes memory, so it prepares little ahead; who comes next is decided as
/// the device manager does it: classes do not wait for each other, and within a class keys take
/// turns, whatever the number of their requests.
package final class TaskLimiter: Sendable {
    /// Why a job waits no longer.
    private enum Entry {
        case entered
        case full(waiting: Int, isOwn: Bool)
        case expired
        case cancelled
    }

    private typealias Waiter = CheckedContinuation<Entry, Never>

    /// The places of one class.
    private struct Places {
        var running = 0
        var line: WaitingLine<Waiter>

        /// Gives a job a place, or lets it wait and returns nil.
        mutating func admit(
            _ waiter: Waiter,
            _ number: Int,
            _ claim: RequestClaim,
            width: Int
        ) -> Entry? {
            guard running >= width else {
                running += 1
                return .entered
            }
            guard line.hasRoom(for: claim.key) else {
                return .full(waiting: line.count, isOwn: !line.isFull)
            }
            let owner = WaitingLine<Waiter>.Owner(key: claim.key, user: claim.subKey)
            line.append(waiter, number: number, of: owner)
            return nil
        }
    }

    /// A job moves waiting → running → gone.
    ///
    /// Invariants: `running <= width`; a job waits only while `running == width`; every waiter is
    /// resumed exactly once.
    private struct State {
        /// By the rank of the class.
        var places: [Places]
        var lastNumber = 0
        /// Left before they were queued; cancellation may win the race.
        var left: [Int: Entry] = [:]
    }

    private let width: Int
    private let state: Guarded<State>

    /// Creates a limiter.
    ///
    /// - Parameters:
    ///   - width: Tasks of a class that work at once; at least 1.
    ///   - waiting: Tasks of a class that may wait before further ones are refused.
    package init(width: Int, waiting: Int) {
        precondition(width > 0, "at least one task works")
        self.width = width
        let places = Places(line: WaitingLine(capacity: waiting))
        state = Guarded(State(places: TicketClass.allCases.map { _ in places }))
    }

    /// Tasks of a class that wait now.
    ///
    /// - Parameter ticketClass: The class.
    package func waiting(_ ticketClass: TicketClass) -> Int {
        state.withLock { $0.places[ticketClass.rank].line.count }
    }

    /// Runs `body` when there is a place.
    ///
    /// - Parameters:
    ///   - claim: For whom, how urgently, and for how long it may wait.
    ///   - body: The work; gets what is left of that.
    /// - Returns: What `body` returns.
    /// - Throws: `DeviceError` `queueFull` when too many wait and `expired` when the deadline
    ///   passes, `CancellationError` when the task is cancelled while it waits, or what `body`
    ///   throws.
    package func run<Value>(
        for claim: RequestClaim,
        _ body: (_ rest: Duration?) async throws -> Value
    ) async throws -> Value {
        let deadline = claim.deadline.map { MonotonicTime.now + $0 }
        try await enter(claim, until: deadline)
        defer { leave(claim.ticketClass) }
        return try await body(deadline.map { max($0 - .now, .zero) })
    }

    private func enter(_ claim: RequestClaim, until deadline: MonotonicTime?) async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let alarm = deadline.map { deadline in
            // Cancelled and awaited below, so it never outlives this call.
            Task { [self] in
                try await Task.sleep(for: deadline - .now)
                giveUp(number, as: claim.ticketClass, .expired)
            }
        }
        let entry = await withTaskCancellationHandler {
            await withCheckedContinuation { line(up: $0, number, claim) }
        } onCancel: {
            giveUp(number, as: claim.ticketClass, .cancelled)
        }
        alarm?.cancel()
        // Or it could leave its word behind for nobody.
        _ = await alarm?.result
        state.withLock { _ = $0.left.removeValue(forKey: number) }
        switch entry {
        case .entered:
            guard Task.isCancelled else { return }
            leave(claim.ticketClass)
            throw CancellationError()
        case .full(let waiting, let isOwn):
            let message = "\(waiting) requests wait already" + (isOwn ? ", most of this key" : "")
            throw DeviceError(.queueFull, message, retryAfter: .seconds(1))
        case .expired:
            throw DeviceError(.expired, "the deadline passed in the queue")
        case .cancelled:
            throw CancellationError()
        }
    }

    private func line(up waiter: Waiter, _ number: Int, _ claim: RequestClaim) {
        let decided = state.withLock { state -> Entry? in
            if let early = state.left.removeValue(forKey: number) { return early }
            return state.places[claim.ticketClass.rank].admit(waiter, number, claim, width: width)
        }
        if let decided { waiter.resume(returning: decided) }
    }

    private func giveUp(_ number: Int, as ticketClass: TicketClass, _ entry: Entry) {
        let waiter = state.withLock { state -> Waiter? in
            if let waiter = state.places[ticketClass.rank].line.remove(number: number) {
                return waiter
            }
            state.left[number] = entry
            return nil
        }
        waiter?.resume(returning: entry)
    }

    private func leave(_ ticketClass: TicketClass) {
        let next = state.withLock { state -> Waiter? in
            if let next = state.places[ticketClass.rank].line.popFirst() { return next }
            state.places[ticketClass.rank].running -= 1
            return nil
        }
        next?.resume(returning: .entered)
    }
}
