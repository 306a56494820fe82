package import POSIX

/// Takes an answer as it arrives.
///
/// Called from the client's one thread, in the order head, bytes, end. While a receiver works no
/// other exchange of that client goes on: it may write to a file, never wait for another task. What
/// it throws ends the exchange.
package protocol WebReceiver: Sendable {
    /// Takes the head, once.
    ///
    /// - Parameter head: The head.
    /// - Throws: `WebError` to end the exchange.
    func receive(_ head: WebHead) throws(WebError)

    /// Takes bytes of the body.
    ///
    /// - Parameter bytes: Valid until this returns.
    /// - Returns: Whether they were taken; otherwise the same come again.
    /// - Throws: `WebError` to end the exchange.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(WebError) -> WebFlow

    /// Takes the end; nothing is called afterwards.
    ///
    /// - Parameter error: Why it is no good one; nil for a whole answer.
    func end(_ error: WebError?)
}

extension WebReceiver {
    /// Does nothing: who waits for `WebTransfer.finished` learns the same.
    package func end(_ error: WebError?) {}
}

/// What a receiver did with bytes.
package enum WebFlow: Sendable, Hashable {
    /// Took them.
    case taken
    /// Did not take them; they come again after `WebTransfer.resume`.
    case later
    /// Did not take them; they come again at this moment, or after `WebTransfer.resume`.
    case wait(until: MonotonicTime)
}

/// One exchange that goes on.
package final class WebTransfer: Sendable {
    private struct State {
        var result: Result<WebHead, WebError>?
        var waiters: [CheckedContinuation<Result<WebHead, WebError>, Never>] = []
    }

    let id: UInt64
    private let loop: TransferLoop
    private let state = Guarded(State())

    init(id: UInt64, loop: TransferLoop) {
        self.id = id
        self.loop = loop
    }

    /// Goes on after a receiver or source said `later`; otherwise does nothing.
    package func resume() { loop.submit(.resume(id)) }

    /// Ends it, whatever has arrived; it has ended once `finished` returns.
    package func cancel() { loop.submit(.cancel(id)) }

    /// Waits for the end; cancelling the waiting task ends the exchange.
    ///
    /// - Returns: The answer's head.
    /// - Throws: `WebError`.
    package func finished() async throws(WebError) -> WebHead {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result = state.withLock { state -> Result<WebHead, WebError>? in
                    if state.result == nil { state.waiters.append(continuation) }
                    return state.result
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            cancel()
        }
        return try result.get()
    }

    /// Tells all that wait; called once, when libcurl has let go.
    func end(_ result: Result<WebHead, WebError>) {
        let waiters = state.withLock { state in
            state.result = result
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: result) }
    }
}
