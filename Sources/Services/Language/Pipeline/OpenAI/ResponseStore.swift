package import JSON

/// Answers of `/v1/responses` that later requests may go on from, each seen by its own key alone.
///
/// They are kept in memory, within limits of number, size and age; the oldest go first. Knows no
/// clock: moments are given, and never go back.
package struct ResponseStore: Sendable {
    /// How much is kept.
    package struct Limits: Sendable, Hashable {
        /// Most answers of one key.
        package var count = 100
        /// Most bytes of one key's answers with their conversations.
        package var bytes = 32 << 20
        /// Most bytes of all keys, as a multiple of one key's.
        package var keys = 4
        /// How long each stays.
        package var age = Duration.seconds(3600)

        /// The usual limits.
        package init() {}
    }

    /// An answer with all that came before it.
    package struct Entry: Sendable, Hashable {
        /// The answer as it was told.
        package var body: [UInt8]
        /// The conversation up to and with it, as items.
        package var items: [JSONValue]
        /// Bytes of both.
        package var size: Int

        /// Bundles an answer and its conversation.
        ///
        /// - Parameters:
        ///   - body: The answer as it was told.
        ///   - items: The conversation up to and with it, as items.
        package init(body: [UInt8], items: [JSONValue]) {
            self.body = body
            self.items = items
            size = body.count + ResponseStore.size(of: items)
        }
    }

    private struct Kept {
        let key: String
        let entry: Entry
        let moment: Duration
    }

    private let limits: Limits
    private var kept: [String: Kept] = [:]
    /// Ids, the oldest first.
    private var order: [String] = []
    private var total = 0

    /// Begins with nothing.
    ///
    /// - Parameter limits: How much is kept.
    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Bytes that items take.
    ///
    /// - Parameter items: The items.
    package static func size(of items: [JSONValue]) -> Int {
        JSONValue.array(items).serialized.count
    }

    /// Keeps an answer; older ones of its key make room, then those of others.
    ///
    /// - Parameters:
    ///   - id: The answer's id.
    ///   - key: Whose it is.
    ///   - entry: The answer.
    ///   - now: The moment, from any fixed one on.
    package mutating func keep(_ id: String, of key: String, _ entry: Entry, at now: Duration) {
        expire(at: now)
        guard entry.size <= limits.bytes else { return }
        drop(id)
        kept[id] = Kept(key: key, entry: entry, moment: now)
        order.append(id)
        total += entry.size
        var own = order.filter { kept[$0]?.key == key }
        var bytes = own.reduce(0) { $0 + (kept[$1]?.entry.size ?? 0) }
        while own.count > limits.count || bytes > limits.bytes {
            let oldest = own.removeFirst()
            bytes -= kept[oldest]?.entry.size ?? 0
            drop(oldest)
        }
        while total > limits.keys * limits.bytes, let oldest = order.first { drop(oldest) }
    }

    /// An answer; nil when there is none of this key.
    ///
    /// - Parameters:
    ///   - id: The answer's id.
    ///   - key: Who asks.
    ///   - now: The moment.
    package mutating func find(_ id: String, of key: String, at now: Duration) -> Entry? {
        expire(at: now)
        guard let found = kept[id], found.key == key else { return nil }
        return found.entry
    }

    /// Lets go of an answer.
    ///
    /// - Parameters:
    ///   - id: The answer's id.
    ///   - key: Who asks.
    ///   - now: The moment.
    /// - Returns: Whether there was one of this key.
    package mutating func remove(_ id: String, of key: String, at now: Duration) -> Bool {
        guard find(id, of: key, at: now) != nil else { return false }
        drop(id)
        return true
    }

    private mutating func expire(at now: Duration) {
        while let oldest = order.first, let found = kept[oldest], found.moment + limits.age <= now {
            drop(oldest)
        }
    }

    private mutating func drop(_ id: String) {
        guard let gone = kept.removeValue(forKey: id) else { return }
        total -= gone.entry.size
        order.removeAll { $0 == id }
    }
}
