import DeviceProtocol

/// Which grants may run work, and how much device time each has had.
///
/// A token is `unknown → admitted → revoked → idle`. It belongs to one channel: the same text on
/// another channel is another token. Invariants:
/// 1. Work begins only under an admitted token.
/// 2. A revoked token becomes idle exactly once: when its last piece of work has ended.
/// 3. A closed channel does not end a token; only the manager does, so held time is never lost.
///
/// Knows no clock and no thread.
struct TokenTable: Sendable {
    /// A token on its channel.
    struct Key: Sendable, Hashable {
        let channel: Int
        let token: String
    }

    enum Standing: Sendable, Hashable {
        case admitted(TicketClass)
        case revoked
        case unknown
    }

    private struct Entry: Sendable {
        var ticketClass: TicketClass
        var isRevoked = false
        /// Pieces of work that wait or run.
        var outstanding = 0
        /// Nanoseconds.
        var held: Int64 = 0
    }

    /// How many ended tokens are remembered, so that late work hears `revoked` and not `unknown`.
    static let memory = 256

    private var entries: [Key: Entry] = [:]
    private var ended: Set<Key> = []
    /// The same, oldest first; may still name some that were admitted again.
    private var order: [Key] = []

    /// How many tokens are admitted, or revoked and not idle yet.
    var count: Int { entries.count }

    /// Lets a token run work; admitting it again changes its class for work to come.
    mutating func admit(_ key: Key, as ticketClass: TicketClass) {
        ended.remove(key)
        entries[key, default: Entry(ticketClass: ticketClass)].ticketClass = ticketClass
        entries[key]?.isRevoked = false
    }

    func standing(of key: Key) -> Standing {
        if let entry = entries[key] {
            return entry.isRevoked ? .revoked : .admitted(entry.ticketClass)
        }
        return ended.contains(key) ? .revoked : .unknown
    }

    /// Counts a piece of work that was accepted.
    ///
    /// - Precondition: The token is admitted.
    mutating func begin(_ key: Key) {
        precondition(entries[key]?.isRevoked == false, "work begins under admitted tokens only")
        entries[key]?.outstanding += 1
    }

    /// Counts a piece of work that ended, and the nanoseconds for which it held the device.
    ///
    /// - Returns: The token's total when it became idle by this.
    mutating func end(_ key: Key, held: Int64) -> Int64? {
        entries[key]?.outstanding -= 1
        entries[key]?.held += held
        return settle(key)
    }

    /// Forbids a token more work.
    ///
    /// - Returns: The token's total when it is idle already; 0 for one that was never admitted.
    mutating func revoke(_ key: Key) -> Int64? {
        guard entries[key] != nil else { return 0 }
        entries[key]?.isRevoked = true
        return settle(key)
    }

    /// Nanoseconds that ended work under the token has held the device.
    func held(_ key: Key) -> Int64 { entries[key]?.held ?? 0 }

    private mutating func settle(_ key: Key) -> Int64? {
        guard let entry = entries[key], entry.isRevoked, entry.outstanding == 0 else { return nil }
        entries.removeValue(forKey: key)
        ended.insert(key)
        order.append(key)
        if order.count > Self.memory { ended.remove(order.removeFirst()) }
        return entry.held
    }
}
