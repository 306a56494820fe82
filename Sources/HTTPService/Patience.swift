/// How long a client may take.
///
/// Knows no clock and no socket; `ConnectionTable` supplies what they say.
struct Patience: Sendable {
    /// What a connection is at.
    enum Standing: Equatable {
        /// Nothing has come since the last request, for so long.
        case idle(Duration)
        /// Some bytes of a head are there.
        case receivingHead
        /// A body is arriving: nothing of it has come for so long, and it began so long ago.
        case receiving(silence: Duration, total: Duration)
        /// A body of any length is arriving, and nothing of it has come for so long.
        case uploading(silence: Duration)
        /// It is our turn.
        case working
        /// The client closed its end so long ago, and no handler works for it.
        case left(Duration)
    }

    enum Verdict: Equatable {
        case wait
        /// Nothing is owed: close without a word.
        case close
        /// Answer 408 and close.
        case timedOut
    }

    /// How long a connection may be kept without a request, and how long a body may pause.
    let idle: Duration
    /// How long a head may take from its first byte; slow bytes do not extend it.
    let head: Duration
    /// How long a body may take that is kept in memory; slow bytes do not extend it either.
    let body: Duration

    /// How long an answer may take to be on its way after its client has closed its end.
    private var farewell: Duration { min(idle, .seconds(1)) }

    /// What to do.
    ///
    /// - Parameters:
    ///   - standing: What the connection is at.
    ///   - receivingSince: How long it has been seen receiving a head; nil when it was not.
    func judge(_ standing: Standing, receivingHeadFor: Duration?) -> Verdict {
        switch standing {
        case .working: .wait
        // The library overlooks an end of stream that came together with the last bytes.
        case .left(let time): time >= farewell ? .close : .wait
        case .idle(let silence): silence >= idle ? .close : .wait
        case .receivingHead: (receivingHeadFor ?? .zero) >= head ? .timedOut : .wait
        case .receiving(let silence, let total):
            silence >= idle || total >= body ? .timedOut : .wait
        case .uploading(let silence): silence >= idle ? .timedOut : .wait
        }
    }

    /// How often it makes sense to look.
    var interval: Duration { max(.milliseconds(50), min(min(idle, head, body) / 4, .seconds(2))) }
}
