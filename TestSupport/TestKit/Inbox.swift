internal import POSIX

/// Collects values from any thread and lets a test wait for them.
///
/// Waiting is on the event itself, never on time; a value that does not come lets the test hang until
/// its time limit.
package final class Inbox<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var waiters: [CheckedContinuation<Value, Never>] = []
    }

    private let state = Guarded(State())

    /// Creates an empty inbox.
    package init() {}

    /// Adds a value.
    ///
    /// - Parameter value: The value.
    package func put(_ value: Value) {
        let waiter = state.withLock { state -> CheckedContinuation<Value, Never>? in
            guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
            state.values.append(value)
            return nil
        }
        waiter?.resume(returning: value)
    }

    /// The oldest value that was not taken; waits for it.
    package func next() async -> Value {
        await withCheckedContinuation { waiter in
            let value = state.withLock { state -> Value? in
                guard state.values.isEmpty else { return state.values.removeFirst() }
                state.waiters.append(waiter)
                return nil
            }
            if let value { waiter.resume(returning: value) }
        }
    }

    /// Several values in order.
    ///
    /// - Parameter count: How many.
    package func next(_ count: Int) async -> [Value] {
        var values: [Value] = []
        for _ in 0..<count { values.append(await next()) }
        return values
    }

    /// Whether nothing waits to be taken.
    package var isEmpty: Bool { state.withLock { $0.values.isEmpty } }
}
