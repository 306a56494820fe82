internal import DeviceProtocol
internal import JSON
internal import POSIX

/// Who listens to the events of one connection.
final class Listeners: Sendable {
    typealias Stream = AsyncThrowingStream<DeviceEvent, any Error>

    private struct Listener {
        let kinds: Set<DeviceEventKind>
        let continuation: Stream.Continuation
        /// Events that its buffer had no room for since the last one that it got.
        var dropped = 0
    }

    private struct State {
        var listeners: [Int: Listener] = [:]
        var lastID = 0
    }

    private let state = Guarded(State())

    /// Adds a listener.
    ///
    /// - Returns: Its number, and whether it is the only one.
    func add(
        _ kinds: Set<DeviceEventKind>,
        _ continuation: Stream.Continuation
    ) -> (id: Int, isFirst: Bool) {
        state.withLock { state in
            state.lastID += 1
            state.listeners[state.lastID] = Listener(kinds: kinds, continuation: continuation)
            return (state.lastID, state.listeners.count == 1)
        }
    }

    /// Removes a listener; returns whether none is left.
    func remove(_ id: Int) -> Bool {
        state.withLock { state in
            guard state.listeners.removeValue(forKey: id) != nil else { return false }
            return state.listeners.isEmpty
        }
    }

    /// Hands an event to everybody who wants it; other frames are ignored.
    ///
    /// Called on one thread only, in the order of the stream.
    func hear(_ frame: JSONObject) {
        guard let event = DeviceEvent(frame) else { return }
        for (id, listener) in state.withLock({ $0.listeners }) {
            // What the manager has dropped may have been of any kind.
            var missed = listener.dropped + event.dropped
            if listener.kinds.contains(event.kind) {
                var copy = event
                copy.dropped = missed
                if case .enqueued = listener.continuation.yield(copy) {
                    missed = 0
                } else {
                    missed += 1
                }
            }
            let count = missed
            state.withLock { $0.listeners[id]?.dropped = count }
        }
    }

    /// Ends all streams: the connection has gone.
    func lose() {
        let listeners = state.withLock { state in
            let listeners = state.listeners.values.map(\.continuation)
            state.listeners = [:]
            return listeners
        }
        let error = DeviceError(
            .unavailable,
            "the device manager has gone",
            retryAfter: .seconds(1)
        )
        for listener in listeners { listener.finish(throwing: error) }
    }
}
