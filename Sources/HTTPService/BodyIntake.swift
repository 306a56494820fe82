/// Decides what happens to a request's body as its bytes arrive.
///
/// DESIGN. The library takes no answer in the middle of a body, and many clients that are answered
/// early report a broken pipe instead of reading the answer. So a refused body is read to its end
/// and thrown away, up to `discardLimit`; then the answer follows. Where reading on makes no sense
/// (the client waits for `100 Continue`, or announced more than `discardLimit`) the answer goes out
/// at once, and what is endless without announcing it loses its connection.
struct BodyIntake {
    /// What to do with the body of a request whose head was just seen.
    enum Plan: Hashable {
        /// Take it in.
        case receive
        /// Read it, throw it away, then refuse.
        case discard
        /// Refuse before reading it.
        case refuseNow
    }

    /// What to do with bytes that arrived.
    enum Action: Hashable {
        case keep
        case discard
        /// Give the connection up.
        case close
    }

    /// Most bytes that are kept.
    let limit: Int
    /// Most bytes that are read in order to throw them away.
    let discardLimit: Int
    /// Bytes seen so far.
    private(set) var received = 0
    /// Whether more than `limit` was announced or came.
    private(set) var isTooLarge = false
    /// Whether the request is refused for another reason, so that nothing is kept.
    var isRefused = false

    /// Creates the decision.
    ///
    /// - Parameter limit: Most bytes that are kept.
    init(limit: Int) {
        self.limit = limit
        let (fourfold, overflow) = limit.multipliedReportingOverflow(by: 4)
        // Small limits are generous here: a client that sends a megabyte still hears why not.
        discardLimit = min(64 << 20, max(1 << 20, overflow ? .max : fourfold))
    }

    /// Plans for a head.
    ///
    /// - Parameters:
    ///   - announced: The content length, or nil when it is not known before.
    ///   - expectsContinue: Whether the client waits for `100 Continue`.
    mutating func plan(announced: Int?, expectsContinue: Bool) -> Plan {
        if let announced, announced > limit { isTooLarge = true }
        guard isTooLarge || isRefused else { return .receive }
        if expectsContinue { return .refuseNow }
        if let announced, announced > discardLimit { return .refuseNow }
        return .discard
    }

    /// Counts bytes.
    ///
    /// - Parameter count: How many arrived.
    mutating func receive(_ count: Int) -> Action {
        received += count
        if received > limit { isTooLarge = true }
        guard isTooLarge || isRefused else { return .keep }
        return received > discardLimit ? .close : .discard
    }
}
