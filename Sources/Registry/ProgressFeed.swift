internal import POSIX

/// What one client of a transfer has not read yet.
///
/// A client that is slow gets the newest of each thing: never more than a few objects and one for
/// each blob wait.
final class ProgressFeed: Sendable {
    private struct State {
        var waiting: [RegistryProgress] = []
        var end: Result<Void, RegistryError>?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Guarded(State())

    func put(_ progress: RegistryProgress) {
        wake { state in
            if let index = state.waiting.lastIndex(where: progress.replaces) {
                state.waiting[index] = progress
            } else {
                state.waiting.append(progress)
            }
        }
    }

    func end(_ result: Result<Void, RegistryError>) {
        wake { if $0.end == nil { $0.end = result } }
    }

    /// The next object; nil at a good end.
    func next() async throws -> RegistryProgress? {
        while true {
            let (first, end) = state.withLock { state in
                (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.end)
            }
            if let first { return first }
            if let end {
                try end.get()
                return nil
            }
            try Task.checkCancellation()
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.waiting.isEmpty, state.end == nil, !Task.isCancelled else {
                        return false
                    }
                    precondition(state.waiter == nil, "one task reads a feed")
                    state.waiter = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            wake { _ in }
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            let waiter = state.waiter
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }
}

/// The progress of a transfer as one client sees it.
///
/// Ends when the transfer does, with an error where that failed. A client that lets go of it, or of
/// what iterates over it, leaves the transfer.
package struct RegistryUpdates: AsyncSequence, Sendable {
    /// Waits for one object after another.
    package struct Iterator: AsyncIteratorProtocol {
        let place: RegistryTransfers.Place

        /// The next object; nil at the end of a transfer that succeeded.
        ///
        /// - Throws: `RegistryError`; `CancellationError` when the task is cancelled.
        package func next() async throws -> RegistryProgress? { try await place.feed.next() }
    }

    let place: RegistryTransfers.Place

    /// Begins to wait; one at a time.
    package func makeAsyncIterator() -> Iterator { Iterator(place: place) }
}
