internal import POSIX

/// Shares a number of bytes a second among streams.
final class RateLimit: Sendable {
    private struct State {
        var rate: Int?
        var allowance = 0.0
        var last: MonotonicTime?
    }

    /// So much of a second may be had at once.
    private static let burst = 0.1

    private let state: Guarded<State>

    /// Creates a limit; nil for none.
    init(_ rate: Int?) {
        state = Guarded(State(rate: rate))
    }

    /// Changes the limit.
    func set(_ rate: Int?) {
        state.withLock { state in
            state.rate = rate
            state.allowance = 0
            state.last = nil
        }
    }

    /// Takes bytes; when there is none left, returns when to ask again.
    func take(_ count: Int, at now: MonotonicTime) -> MonotonicTime? {
        state.withLock { state in
            guard let rate = state.rate else { return nil }
            let speed = Double(max(1, rate))
            let passed = state.last.map { now.seconds(since: $0) } ?? Self.burst
            state.last = now
            state.allowance = min(speed * Self.burst, state.allowance + speed * max(0, passed))
            guard state.allowance > 0 else {
                return now + .nanoseconds(Int64((1 - state.allowance) / speed * 1e9) + 1)
            }
            // May go below nought: a piece comes as a whole.
            state.allowance -= Double(count)
            return nil
        }
    }
}
