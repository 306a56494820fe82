internal import DeviceProtocol

/// A ticket's owner and what it was granted.
struct Holder {
    /// One engine to which a grant opens a channel.
    struct Access {
        let generation: Generation
        let link: FrameLink
        let channel: Int
    }

    let client: ClientID
    let requestID: Int
    let request: TicketRequest
    /// What the engines let in; nil while nothing is granted.
    var token: String?
    /// The channels of the present grant.
    var channels: [Access] = []
    /// The servers to which the present grant has connections, by model.
    var servers: [String: HTTPLink] = [:]
    /// Whether the client has been told of a grant, so that the next one is an event.
    var wasGranted = false
}

/// How a ticket ended, in the word that subscribers are told.
enum TicketOutcome: String {
    /// Its client gave it back.
    case released
    /// Its client took the wish back, or went away.
    case cancelled
    /// Its deadline passed.
    case expired
    /// It was never possible, or not at this time.
    case rejected
    /// A model could not be loaded or was lost.
    case failed

    /// The outcome of a ticket that the manager ended.
    init(_ code: DeviceErrorCode) {
        switch code {
        case .expired: self = .expired
        case .heldTooLong, .loadFailed, .engineFailed, .memoryExceeded: self = .failed
        default: self = .rejected
        }
    }
}
