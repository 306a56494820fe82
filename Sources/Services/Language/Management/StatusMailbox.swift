internal import POSIX

/// Words about long work, on their way from the thread that does it to the task that sends them.
///
/// The thread never waits for a slow client: of two words about how far one thing is, only the newer
/// one is kept. So as many words wait as there are different things, and the last is never lost.
final class StatusMailbox<Word: Sendable>: Sendable {
    private struct State {
        var words: [Word] = []
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Guarded(State())
    private let replaces: @Sendable (Word, Word) -> Bool

    /// Creates an empty mailbox.
    ///
    /// - Parameter replaces: Whether the second word makes the first one, right before it,
    ///   superfluous.
    init(replaces: @escaping @Sendable (Word, Word) -> Bool) {
        self.replaces = replaces
    }

    /// Leaves a word.
    func put(_ word: Word) {
        let waiter = state.withLock { state in
            if let last = state.words.last, replaces(last, word) { state.words.removeLast() }
            state.words.append(word)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Says that no word will follow.
    func finish() {
        let waiter = state.withLock { state in
            state.isFinished = true
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// All words that wait, or at least one once there is one; nil after the last.
    ///
    /// Ends when `finish` is called, which whoever does the work must do in any case.
    func next() async -> [Word]? {
        await withCheckedContinuation { waiter in
            let mustWait = state.withLock { state in
                guard state.words.isEmpty, !state.isFinished else { return false }
                state.waiter = waiter
                return true
            }
            if !mustWait { waiter.resume() }
        }
        return state.withLock { state in
            guard !state.words.isEmpty else { return nil }
            defer { state.words = [] }
            return state.words
        }
    }
}
