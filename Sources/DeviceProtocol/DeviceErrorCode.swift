/// The stable words by which programs tell failures of the device manager and its engines apart.
package enum DeviceErrorCode: String, Sendable, Hashable, CaseIterable {
    /// The request itself is wrong; asking again changes nothing.
    case badRequest = "bad_request"
    /// No model of this name is known.
    case unknownModel = "unknown_model"
    /// The set needs more engines at once than the device runs.
    case setTooLarge = "set_too_large"
    /// The models do not fit the device's memory even when nothing else is loaded.
    case tooLarge = "too_large"
    /// The rules of the machine do not let this user do that.
    case forbidden
    /// Too much waits or is open already; the message says what.
    case queueFull = "queue_full"
    /// The deadline passed before the ticket could be granted.
    case expired
    /// The ticket's turn would come after its deadline; it was refused when it came.
    case deadlineUnreachable = "deadline_unreachable"
    /// The ticket had its models for longer than any ticket may.
    case heldTooLong = "held_too_long"
    /// The client took its request back, or went away.
    case cancelled
    /// The model could not be loaded.
    case loadFailed = "load_failed"
    /// The model's engine ended while it was in use.
    case engineFailed = "engine_failed"
    /// The model grew beyond what the device has.
    case memoryExceeded = "memory_exceeded"
    /// The manager is ending.
    case draining
    /// The ticket is not one of this client's, or has ended.
    case unknownTicket = "unknown_ticket"
    /// The manager cannot be reached.
    case unavailable
    /// The engine has no model yet.
    case notLoaded = "not_loaded"
    /// The engine does not have this graph.
    case unknownGraph = "unknown_graph"
    /// A tensor does not fit the graph or its buffer.
    case badTensor = "bad_tensor"
    /// The buffer for an output is too small.
    case outputTooSmall = "output_too_small"
    /// Work came without a ticket that is granted.
    case notAdmitted = "not_admitted"
    /// The ticket's grant was taken back.
    case revoked
    /// The graph failed on this input.
    case inferenceFailed = "inference_failed"
    /// Something that should not happen; the message says what.
    case internalError = "internal_error"
}
