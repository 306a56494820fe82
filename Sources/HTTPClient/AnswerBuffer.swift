internal import POSIX

/// What has arrived of an answer and was not read yet.
final class AnswerBuffer: WebReceiver {
    /// Above so many bytes the connection is not read any more.
    private static let most = 256 << 10

    private struct State {
        var head: WebHead?
        var bytes: [UInt8] = []
        var isPaused = false
        var isOver = false
        var error: WebError?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Guarded(State())

    // MARK: On the client's thread

    func receive(_ head: WebHead) throws(WebError) {
        wake { $0.head = head }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(WebError) -> WebFlow {
        let isFull = state.withLock { state in
            // A piece is never larger than what fits into an empty buffer's bound.
            state.isPaused = !state.bytes.isEmpty && state.bytes.count + bytes.count > Self.most
            return state.isPaused
        }
        if isFull { return .later }
        let piece = unsafe Array(bytes)
        wake { $0.bytes += piece }
        return .taken
    }

    func end(_ error: WebError?) {
        wake { state in
            state.isOver = true
            state.error = error
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

    // MARK: In the reader's task

    /// Waits for the head.
    func head(of transfer: WebTransfer) async throws(WebError) -> WebHead {
        await wait(for: transfer) { $0.head != nil || $0.isOver }
        let (head, error) = state.withLock { ($0.head, $0.error) }
        guard let head else { throw error ?? WebError(.broken, "the answer has no head") }
        return head
    }

    /// Waits for bytes; nil at the end.
    func next(of transfer: WebTransfer) async throws(WebError) -> [UInt8]? {
        await wait(for: transfer) { !$0.bytes.isEmpty || $0.isOver }
        let (bytes, error, mustResume) = state.withLock { state in
            let bytes = state.bytes
            state.bytes = []
            let mustResume = state.isPaused
            state.isPaused = false
            return (bytes, state.error, mustResume)
        }
        if mustResume { transfer.resume() }
        if !bytes.isEmpty { return bytes }
        if let error { throw error }
        return nil
    }

    /// Waits until something is so; a cancelled task's exchange ends, which makes everything so.
    private func wait(
        for transfer: WebTransfer,
        _ isReady: @Sendable (borrowing State) -> Bool
    ) async {
        while !state.withLock({ isReady($0) }) {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let mustWait = state.withLock { state in
                        precondition(state.waiter == nil, "one task reads an answer")
                        guard !isReady(state) else { return false }
                        state.waiter = continuation
                        return true
                    }
                    if !mustWait { continuation.resume() }
                }
            } onCancel: {
                transfer.cancel()
            }
        }
    }
}
