internal import DeviceProtocol
internal import JSON
internal import POSIX

/// What the manager says about one ticket after its first grant, in order.
final class TicketMailbox: Sendable {
    enum Message: Sendable {
        /// The grant is void; another will come.
        case requeued
        /// The ticket is granted again.
        case granted(RequestConnection.Reply)
        /// A lease's device is wanted back within some time.
        case yield(Duration)
        /// A lease's program may run on.
        case proceed
        /// The ticket has ended.
        case ended(DeviceError)
        /// The manager has gone, and the ticket with it.
        case lost
    }

    private typealias Waiter = CheckedContinuation<Message?, Never>

    private struct State {
        var messages: [Message] = []
        var waiter: Waiter?
    }

    private let state = Guarded(State())

    func deliver(_ message: Message) {
        let waiter = state.withLock { state -> Waiter? in
            if state.waiter == nil { state.messages.append(message) }
            return state.waiter.take()
        }
        waiter?.resume(returning: message)
    }

    /// The next message; nil when none comes in time or the task is cancelled.
    ///
    /// One waiter at a time.
    func next(on loop: EventLoop, within limit: Duration? = nil) async -> Message? {
        if let message = takeFirst() { return message }
        let timer = limit.map { limit in
            loop.schedule(at: .now + limit) { self.giveUp() }
        }
        let message = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                let ready = state.withLock { state -> Message?? in
                    if !state.messages.isEmpty { return state.messages.removeFirst() }
                    if Task.isCancelled { return .some(nil) }
                    state.waiter = waiter
                    return .none
                }
                if let ready { waiter.resume(returning: ready) }
            }
        } onCancel: {
            giveUp()
        }
        if let timer { loop.cancel(timer) }
        return message
    }

    private func takeFirst() -> Message? {
        state.withLock { $0.messages.isEmpty ? nil : $0.messages.removeFirst() }
    }

    private func giveUp() {
        let waiter = state.withLock { $0.waiter.take() }
        waiter?.resume(returning: nil)
    }
}
