import DeviceProtocol

/// Waiting work: higher classes first, within a class first come first served.
///
/// Each channel may have `channelLimit` pieces waiting, so one client cannot take another's room.
struct WorkQueue<Item: Sendable>: Sendable {
    private struct Entry: Sendable {
        let item: Item
        let channel: Int
    }

    let channelLimit: Int
    private var waiting: [TicketClass: [Entry]] = [:]
    private var counts: [Int: Int] = [:]

    init(channelLimit: Int) {
        self.channelLimit = channelLimit
    }

    var isEmpty: Bool { counts.isEmpty }

    func count(of ticketClass: TicketClass) -> Int { waiting[ticketClass]?.count ?? 0 }

    func hasRoom(for channel: Int) -> Bool { counts[channel, default: 0] < channelLimit }

    /// - Precondition: The channel has room.
    mutating func append(_ item: Item, as ticketClass: TicketClass, of channel: Int) {
        precondition(hasRoom(for: channel), "the caller checks for room")
        counts[channel, default: 0] += 1
        waiting[ticketClass, default: []].append(Entry(item: item, channel: channel))
    }

    mutating func popFirst() -> Item? {
        for ticketClass in TicketClass.allCases.reversed() {
            guard let first = waiting[ticketClass]?.first else { continue }
            waiting[ticketClass]?.removeFirst()
            release(first.channel)
            return first.item
        }
        return nil
    }

    /// Takes out what a condition names, in the order in which it would have run.
    mutating func remove(where isUnwanted: (Item) -> Bool) -> [Item] {
        var removed: [Item] = []
        for ticketClass in TicketClass.allCases.reversed() {
            for entry in waiting[ticketClass] ?? [] where isUnwanted(entry.item) {
                removed.append(entry.item)
                release(entry.channel)
            }
            waiting[ticketClass]?.removeAll { isUnwanted($0.item) }
        }
        return removed
    }

    private mutating func release(_ channel: Int) {
        let left = counts[channel, default: 0] - 1
        counts[channel] = left > 0 ? left : nil
    }
}
