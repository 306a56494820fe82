/// The moments at which waiting tickets lose their use, earliest first.
///
/// A ticket that ends earlier stays in until its moment comes or too many such have gathered.
struct DeadlineHeap: Sendable {
    struct Entry: Sendable {
        let moment: Int64
        let ticket: TicketID
    }

    private var entries: [Entry] = []

    var count: Int { entries.count }
    var first: Entry? { entries.first }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var index = entries.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index].moment < entries[parent].moment else { return }
            entries.swapAt(index, parent)
            index = parent
        }
    }

    mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < entries.count && entries[child].moment < entries[least].moment {
                least = child
            }
            guard least != index else { return }
            entries.swapAt(index, least)
            index = least
        }
    }

    /// Lets go of the entries that mean nothing any more.
    mutating func keep(_ isLive: (Entry) -> Bool) {
        let live = entries.filter(isLive)
        entries = []
        for entry in live { insert(entry) }
    }
}
