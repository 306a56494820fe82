/// The tickets for one set of models, whatever their class and key.
///
/// They can be granted under the same conditions, so that only the first of them has to be looked at.
struct Lane: Sendable {
    /// The models, by number; in the order in which the client named them.
    let models: NumberList
    /// Their devices, without repetitions.
    ///
    /// The first one keeps the accounts.
    let devices: NumberList
    /// Whether its tickets want the models resident and no turn on them.
    let isForLoading: Bool
    /// Tickets that have not ended.
    var tickets = 0
    /// Tickets that wait.
    var waiting = 0
    /// Granted tickets that are not idle, in order of their grants.
    var busy: [Int] = []
    /// For each class, lowest first, the flows that wait: a binary heap whose first goes first.
    var heaps: [[Int]] = [[], [], []]
    /// When its tickets last had to stop, or were first granted.
    var since: Int64 = 0

    init(models: NumberList, devices: NumberList, isForLoading: Bool) {
        self.models = models
        self.devices = devices
        self.isForLoading = isForLoading
    }
}

/// The waiting tickets of one key in one lane and class: first come, first served.
struct Flow: Sendable {
    let lane: Int
    let key: Int
    let root: Int
    /// Class and device of the accounts.
    let level: Int
    let rank: Int
    /// The first and the last ticket.
    var head = -1
    var tail = -1
    /// Its place in the lane's heap.
    var place = 0
    /// Its neighbours in the list of its root's account.
    var next = -1
    var previous = -1
}

/// Who goes first within a class: the key that has used least, then who has waited longer.
struct Standing: Comparable, Sendable {
    let used: Int64
    let activated: Int
    let subUsed: Int64
    let subActivated: Int
    let since: Int64

    static func < (left: Standing, right: Standing) -> Bool {
        if left.used != right.used { return left.used < right.used }
        if left.activated != right.activated { return left.activated < right.activated }
        if left.subUsed != right.subUsed { return left.subUsed < right.subUsed }
        if left.subActivated != right.subActivated { return left.subActivated < right.subActivated }
        return left.since < right.since
    }
}
