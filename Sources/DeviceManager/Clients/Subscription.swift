internal import DeviceProtocol
internal import JSON

/// What one client is told without asking.
///
/// A subscriber that does not read costs a bounded amount of memory: while more than `queueLimit`
/// bytes wait for it, events are dropped and counted, and the next one that goes out says how many.
struct Subscription {
    /// Most bytes that may wait for a client when an event is added.
    static let queueLimit = 64 << 10

    let kinds: Set<DeviceEventKind>
    private(set) var dropped = 0

    init(to kinds: Set<DeviceEventKind>) {
        self.kinds = kinds
    }

    /// The event as it goes out, or nil when the client is not to get it.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - kind: What it is about.
    ///   - queued: Bytes that wait for the client.
    mutating func pass(_ event: JSONObject, _ kind: DeviceEventKind, queued: Int) -> JSONObject? {
        guard kinds.contains(kind) else { return nil }
        guard queued <= Self.queueLimit else {
            dropped += 1
            return nil
        }
        guard dropped > 0 else { return event }
        var event = event
        event["dropped"] = JSONValue(dropped)
        dropped = 0
        return event
    }
}
