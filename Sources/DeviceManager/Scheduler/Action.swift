/// What the shell must do, in this order, before the next event.
package enum Action: Sendable, Hashable {
    /// Start the model's engine and load it.
    case launch(model: String, Generation)
    /// Stop the engine's process and wait until that is confirmed.
    case stop(model: String, Generation)
    /// Ask whoever drives the model from outside to yield; report `yielded` when that is done.
    case yield(model: String, Generation)
    /// Let the engine's process run on.
    case resume(model: String, Generation)
    /// End the engine; report `engineGone` when its memory is back.
    case evict(model: String, Generation)
    /// End an engine that failed; report `engineGone` when its memory is back.
    case kill(model: String, Generation, reason: String)
    /// Tell the client that it may use its models.
    case grant(TicketID)
    /// Tell the client that its grant is void and the ticket waits again.
    case requeue(TicketID)
    /// Tell the client that its ticket has ended.
    case reject(TicketID, Refusal)
}
