/// Whose turn it is by what each key has had: weighted fair queueing.
///
/// Every key has an account for each device and class. Device time that its tickets use is written
/// there, divided by the key's weight; the key with the least goes first. A key that was away starts
/// from where the present ones are, so that nobody saves up turns. A key may have sub-keys: they
/// share its account by accounts of their own.
struct Shares: Sendable {
    /// A key, or a sub-key of one.
    struct Key: Sendable {
        let name: Prehashed<KeyName>
        /// The key itself, or the key that a sub-key belongs to.
        var root: Int
        /// Parts in a hundred of a usual share.
        let weight: Int64
        /// Tickets that have not ended, those of sub-keys included.
        var tickets = 0
        /// Tickets that wait, those of sub-keys included.
        var waiting = 0
    }

    /// What a key has used of a device in a class.
    struct Account: Sendable {
        /// Nanoseconds of the device divided by the weight, counted from a common origin.
        var used: Int64 = 0
        /// How much of that was added since it last began to wait.
        var added: Int64 = 0
        /// When it last began to wait, counted over all; who came first goes first among equals.
        var activated = 0
        /// Tickets that wait.
        var waiting = 0
        /// Predicted nanoseconds of the device for the tickets that wait.
        var backlog: Int64 = 0
        /// Of a key with sub-keys: what the sub-key that was served last had used.
        var served: Int64 = 0
        /// The first of its flows; those of sub-keys are in their key's list.
        var flows = -1
    }

    /// Where one device stands in one class.
    struct Level: Sendable {
        /// What the key that was served last had used; who comes anew starts here.
        var served: Int64 = 0
        /// The most that any key has used.
        var peak: Int64 = 0
        /// Tickets that wait or are busy.
        var active = 0
        /// Predicted nanoseconds of the device for the tickets that wait.
        var backlog: Int64 = 0
    }

    private(set) var keys = Slab<Key>()
    private var accounts: [Account] = []
    private(set) var levels: [Level]
    private var byName: [Prehashed<KeyName>: Int] = [:]
    private var activations = 0
    private let stride: Int
    private let weights: [String: Int]
    /// Keys without tickets are looked through when there are this many.
    private var tolerated = Self.fewest

    /// The part of what it has just used that is forgiven to a key whose only ticket begins to wait: it
    /// bounds what such a key can get beyond its share.
    private static let grace: Int64 = 8

    private static let fewest = 1024
    /// Beyond this many keys debts are forgiven.
    private static let most = 8192

    init(devices: Int, weights: [String: Int]) {
        stride = devices * 3
        self.weights = weights
        levels = [Level](repeating: Level(), count: stride)
    }

    // MARK: Keys

    /// Finds or makes the key of a ticket and counts the ticket.
    mutating func open(_ name: Prehashed<KeyName>) -> Int {
        let number = byName[name] ?? make(name)
        keys[number].tickets += 1
        let root = keys[number].root
        if root != number { keys[root].tickets += 1 }
        return number
    }

    /// A ticket of the key has ended.
    mutating func close(_ number: Int) {
        keys[number].tickets -= 1
        let root = keys[number].root
        if root != number { keys[root].tickets -= 1 }
    }

    /// Tickets of a key that wait, those of its sub-keys included; zero for a key that is not known.
    func waiting(_ name: Prehashed<KeyName>) -> Int {
        byName[name].map { keys[keys[$0].root].waiting } ?? 0
    }

    private mutating func make(_ name: Prehashed<KeyName>) -> Int {
        if keys.count >= tolerated { forgetSettled() }
        var root: Int?
        if name.value.subKey != nil {
            let own = Prehashed(KeyName(key: name.value.key))
            root = byName[own] ?? insert(own, root: nil)
        }
        return insert(name, root: root)
    }

    private mutating func insert(_ name: Prehashed<KeyName>, root: Int?) -> Int {
        let weight = name.value.subKey == nil ? weights[name.value.key] ?? 100 : 100
        let key = Key(name: name, root: root ?? 0, weight: Int64(weight))
        let number = keys.insert(key)
        keys[number].root = root ?? number
        byName[name] = number
        let needed = (number + 1) * stride
        while accounts.count < needed { accounts.append(Account()) }
        for index in (needed - stride)..<needed { accounts[index] = Account() }
        return number
    }

    /// Forgets keys without tickets that would start where newcomers start.
    private mutating func forgetSettled() {
        let forgives = keys.count >= Self.most
        for (name, number) in byName where keys[number].tickets == 0 {
            let first = number * stride
            let isSettled = (0..<stride).allSatisfy {
                accounts[first + $0].used <= levels[$0].served
            }
            guard isSettled || forgives else { continue }
            // A sub-key goes with its key or before it.
            if keys[number].root == number && hasSubKeys(number) { continue }
            byName.removeValue(forKey: name)
            keys.remove(number)
        }
        tolerated = max(Self.fewest, min(2 * keys.count, Self.most))
    }

    private func hasSubKeys(_ root: Int) -> Bool {
        byName.values.contains { keys[$0].root == root && $0 != root }
    }

    // MARK: Accounts

    func level(_ device: Int, _ rank: Int) -> Int { device * 3 + rank }

    subscript(key: Int, level: Int) -> Account {
        _read { yield accounts[key * stride + level] }
        _modify { yield &accounts[key * stride + level] }
    }

    /// A ticket begins to wait.
    mutating func enqueue(_ key: Int, _ level: Int, cost: Int64) {
        let root = keys[key].root
        activate(root, level)
        self[root, level].backlog += cost
        keys[root].waiting += 1
        if root != key {
            activate(key, level)
            self[key, level].backlog += cost
            keys[key].waiting += 1
        }
        levels[level].backlog += cost
        levels[level].active += 1
    }

    private mutating func activate(_ key: Int, _ level: Int) {
        let isRoot = keys[key].root == key
        self[key, level].waiting += 1
        guard self[key, level].waiting == 1 else { return }
        activations += 1
        self[key, level].activated = activations
        let floor = isRoot ? levels[level].served : self[keys[key].root, level].served
        // Who asks again only when it was answered is never there when its turn ends. It has then
        // used as much as the others, and what was measured a little too long must not cost it a
        // whole turn of theirs.
        let grace = keys[key].tickets == 1 ? max(self[key, level].added, 0) / Self.grace : 0
        self[key, level].used = max(self[key, level].used - grace, floor)
        self[key, level].added = 0
    }

    /// A ticket waits no longer; it is granted or has ended.
    mutating func dequeue(_ key: Int, _ level: Int, cost: Int64) {
        let root = keys[key].root
        self[root, level].waiting -= 1
        self[root, level].backlog -= cost
        keys[root].waiting -= 1
        if root != key {
            self[key, level].waiting -= 1
            self[key, level].backlog -= cost
            keys[key].waiting -= 1
        }
        levels[level].backlog -= cost
        leave(level)
    }

    /// A ticket of the key is granted: the clock of its level goes on to what the key had used.
    mutating func serve(_ key: Int, _ level: Int) {
        let root = keys[key].root
        levels[level].served = max(levels[level].served, self[root, level].used)
        if root != key {
            self[root, level].served = max(self[root, level].served, self[key, level].used)
        }
        levels[level].active += 1
    }

    /// A ticket neither waits nor is busy any more.
    mutating func leave(_ level: Int) {
        levels[level].active -= 1
        // Nobody is left to be fair to: all start alike again.
        if levels[level].active == 0 { levels[level].served = levels[level].peak }
    }

    /// Writes device time to a key's account.
    ///
    /// - Parameter nanoseconds: What was used; negative to give back what was only reserved.
    mutating func charge(_ key: Int, _ level: Int, _ nanoseconds: Int64) {
        let root = keys[key].root
        add(nanoseconds * 100 / keys[root].weight, to: root, level)
        levels[level].peak = max(levels[level].peak, self[root, level].used)
        if root != key { add(nanoseconds * 100 / keys[key].weight, to: key, level) }
    }

    private mutating func add(_ amount: Int64, to key: Int, _ level: Int) {
        self[key, level].used += amount
        self[key, level].added += amount
    }
}
