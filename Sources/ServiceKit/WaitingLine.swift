/// Who waits for a place: keys in turn, within a key its users in turn, each first come first served.
///
/// Bounded so that no key fills it: a key may have three times as many places as it leaves free. One
/// program alone has nearly all of them; the dynamic threshold of the manager's queues, which are longer.
struct WaitingLine<Item> {
    /// Whose turns they are: a key, and a user behind it where it speaks for several.
    struct Owner: Hashable {
        let key: String
        let user: String?
    }

    private struct Entry {
        let number: Int
        let item: Item
    }

    /// What waits of one key.
    private struct Queue {
        var users: [String?: [Entry]] = [:]
        /// The users of whom something waits; the first is the next.
        var turns: [String?] = []
        var count = 0

        mutating func append(_ entry: Entry, _ user: String?) {
            if users[user] == nil { turns.append(user) }
            users[user, default: []].append(entry)
            count += 1
        }
    }

    private let capacity: Int
    private var queues: [String: Queue] = [:]
    /// The keys of which something waits; the first is the next.
    private var turns: [String] = []
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Whether it is full, whoever asks.
    var isFull: Bool { count >= capacity }

    /// Whether the next item of a key would be accepted.
    func hasRoom(for key: String) -> Bool {
        !isFull && (queues[key]?.count ?? 0) <= 3 * (capacity - count)
    }

    /// Lets an item wait.
    ///
    /// - Precondition: There is room for the key.
    mutating func append(_ item: Item, number: Int, of owner: Owner) {
        precondition(hasRoom(for: owner.key), "the caller checks for room")
        if queues[owner.key] == nil { turns.append(owner.key) }
        queues[owner.key, default: Queue()].append(Entry(number: number, item: item), owner.user)
        count += 1
    }

    /// Takes out the next one; its key comes after all others then, and its user after the key's.
    mutating func popFirst() -> Item? {
        guard let key = turns.first, let user = queues[key]?.turns.first,
            let entry = queues[key]?.users[user]?.first
        else { return nil }
        turns.removeFirst()
        queues[key]?.turns.removeFirst()
        remove(at: 0, of: Owner(key: key, user: user))
        if queues[key]?.users[user] != nil { queues[key]?.turns.append(user) }
        if queues[key] != nil { turns.append(key) }
        return entry.item
    }

    /// Takes out what waits under a number; nil when nothing does.
    mutating func remove(number: Int) -> Item? {
        for (key, queue) in queues {
            for (user, entries) in queue.users {
                guard let index = entries.firstIndex(where: { $0.number == number }) else {
                    continue
                }
                remove(at: index, of: Owner(key: key, user: user))
                if queues[key]?.users[user] == nil { queues[key]?.turns.removeAll { $0 == user } }
                if queues[key] == nil { turns.removeAll { $0 == key } }
                return entries[index].item
            }
        }
        return nil
    }

    /// Takes an entry out, and its user and key where nothing is left of them; turns are the caller's.
    private mutating func remove(at index: Int, of owner: Owner) {
        queues[owner.key]?.users[owner.user]?.remove(at: index)
        queues[owner.key]?.count -= 1
        count -= 1
        if queues[owner.key]?.users[owner.user]?.isEmpty == true {
            queues[owner.key]?.users.removeValue(forKey: owner.user)
        }
        if queues[owner.key]?.count == 0 { queues.removeValue(forKey: owner.key) }
    }
}
