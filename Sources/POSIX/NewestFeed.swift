/// Words about long work that its reader has not read yet.
///
/// Whoever does the work never waits. A reader that is slow gets the newest word about each thing, so
/// that as many wait as there are things to tell of.
package final class NewestFeed<Word: Sendable>: Sendable {
    private struct State {
        var waiting: [Word] = []
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Guarded(State())
    private let replaces: @Sendable (_ newer: Word, _ older: Word) -> Bool

    /// Creates a feed without words.
    ///
    /// - Parameter replaces: Whether a newer word makes an older one superfluous.
    package init(replaces: @escaping @Sendable (_ newer: Word, _ older: Word) -> Bool) {
        self.replaces = replaces
    }

    /// Adds a word, from any thread.
    ///
    /// - Parameter word: The word.
    package func put(_ word: Word) {
        wake { state in
            if let index = state.waiting.lastIndex(where: { replaces(word, $0) }) {
                state.waiting[index] = word
            } else {
                state.waiting.append(word)
            }
        }
    }

    /// Says that no word follows; the first end counts.
    ///
    /// - Parameter result: How the work ended.
    package func end(_ result: Result<Void, any Error>) {
        wake { if $0.end == nil { $0.end = result } }
    }

    /// The next word; nil at a good end.
    ///
    /// One task reads.
    ///
    /// - Throws: What the work ended with, after all words; `CancellationError`.
    package func next() async throws -> Word? {
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
