/// Who waits for a place: keys in turn, each key's first come first served.
///
/// Bounded so that no key fills it: a key may have three times as many places as it leaves free. One
/// program alone has nearly all of them; the dynamic threshold of the manager's queues, which are longer.
struct WaitingLine<Item> {
    private struct Entry {
        let number: Int
        let item: Item
    }

    private let capacity: Int
    /// What waits of each key.
    private var queues: [String: [Entry]] = [:]
    /// The keys of which something waits; the first is the next.
    private var turns: [String] = []
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Whether the next item of a key would be accepted.
    func hasRoom(for key: String) -> Bool {
        count < capacity && (queues[key]?.count ?? 0) <= 3 * (capacity - count)
    }

    /// Lets an item wait.
    ///
    /// - Precondition: There is room for the key.
    mutating func append(_ item: Item, number: Int, key: String) {
        precondition(hasRoom(for: key), "the caller checks for room")
        if queues[key] == nil { turns.append(key) }
        queues[key, default: []].append(Entry(number: number, item: item))
        count += 1
    }

    /// Takes out the next one; its key comes after all others then.
    mutating func popFirst() -> Item? {
        guard let key = turns.first else { return nil }
        turns.removeFirst()
        let entry = queues[key]?.removeFirst()
        count -= 1
        if queues[key]?.isEmpty == false {
            turns.append(key)
        } else {
            queues.removeValue(forKey: key)
        }
        return entry?.item
    }

    /// Takes out what waits under a number; nil when nothing does.
    mutating func remove(number: Int) -> Item? {
        for (key, entries) in queues {
            guard let index = entries.firstIndex(where: { $0.number == number }) else { continue }
            queues[key]?.remove(at: index)
            count -= 1
            if entries.count == 1 {
                queues.removeValue(forKey: key)
                turns.removeAll { $0 == key }
            }
            return entries[index].item
        }
        return nil
    }
}
