internal import POSIX

/// Remembers results by what was asked, for a time and up to a size.
///
/// A value: the caller locks it and brings the time. The longest unused goes first.
struct ResultCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// What people ask of a cache.
    struct Statistics: Sendable, Hashable {
        var entries = 0
        var bytes = 0
        var hits = 0
        var misses = 0
        var evictions = 0
    }

    private struct Entry: Sendable {
        let value: Value
        let size: Int
        let expires: MonotonicTime
        var used: Int
    }

    /// How long an entry lives.
    let age: Duration
    /// Most bytes of all entries.
    let capacity: Int
    private(set) var statistics = Statistics()
    private var entries: [Key: Entry] = [:]
    private var clock = 0

    init(age: Duration, capacity: Int) {
        self.age = age
        self.capacity = capacity
    }

    /// Looks a result up and counts a hit or a miss.
    mutating func find(_ key: Key, at now: MonotonicTime) -> Value? {
        guard let entry = entries[key] else {
            statistics.misses += 1
            return nil
        }
        guard entry.expires > now else {
            remove(key)
            statistics.misses += 1
            return nil
        }
        clock += 1
        entries[key]?.used = clock
        statistics.hits += 1
        return entry.value
    }

    /// Remembers a result; one larger than the whole cache is not kept.
    ///
    /// - Complexity: O(entries) for each entry that has to go.
    mutating func insert(_ value: Value, for key: Key, size: Int, at now: MonotonicTime) {
        remove(key)
        guard size <= capacity else { return }
        while statistics.bytes + size > capacity, let oldest = oldest() {
            remove(oldest)
            statistics.evictions += 1
        }
        clock += 1
        entries[key] = Entry(value: value, size: size, expires: now + age, used: clock)
        statistics.entries += 1
        statistics.bytes += size
    }

    /// Forgets everything; the counts of hits and misses stay.
    ///
    /// - Returns: How many entries there were.
    mutating func removeAll() -> Int {
        let count = entries.count
        entries = [:]
        statistics.entries = 0
        statistics.bytes = 0
        return count
    }

    private func oldest() -> Key? {
        entries.min { $0.value.used < $1.value.used }?.key
    }

    private mutating func remove(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        statistics.entries -= 1
        statistics.bytes -= entry.size
    }
}
