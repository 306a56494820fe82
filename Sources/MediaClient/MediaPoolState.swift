internal import MediaProtocol
internal import POSIX

/// Which helpers exist, who holds a place in them and who waits.
///
/// DESIGN. A caller acquires a place for one image: waiting → placed → gone. A helper is started when
/// a caller needs one: absent → live → gone. Invariants:
/// 1. at most `helpers` are live, and none holds more than `images` places;
/// 2. a caller waits only while no helper has a place and none may be started;
/// 3. every caller leaves the queue exactly once, in an action;
/// 4. at most `queue` callers wait.
///
/// Places go first to an idle helper, then to a new one, then to the least loaded. After two deaths
/// in a row without an answer between them, starting waits longer each time. Knows no process, clock
/// or task.
struct MediaPoolState {
    /// Bounds; see `MediaConfiguration`.
    struct Bounds {
        var helpers = 2
        var images = 4
        var queue = 32
        var keptIdle = 1
        var idleLimit = Duration.seconds(30)
    }

    /// What the shell shall do, in order.
    enum Action: Equatable {
        case start(helper: Int)
        case grant(caller: Int, helper: Int)
        case refuse(caller: Int, MediaError)
        case end(helper: Int)
    }

    private struct Helper {
        var images = 0
        var idleSince: MonotonicTime
    }

    private let bounds: Bounds
    private var helpers: [Int: Helper] = [:]
    private var queue: [Int] = []
    private var nextHelper = 1
    private var deathsInARow = 0
    /// Nil unless starting must wait.
    private var startsAt: MonotonicTime?
    private var isClosed = false

    init(_ bounds: Bounds) {
        self.bounds = bounds
    }

    mutating func acquire(_ caller: Int, at now: MonotonicTime) -> [Action] {
        guard !isClosed else {
            return [.refuse(caller: caller, MediaError(.failed, "the media pool is closed"))]
        }
        guard queue.isEmpty, let (helper, starts) = place(at: now) else {
            guard queue.count < bounds.queue else {
                let message = "\(queue.count) callers wait for a media helper already"
                return [.refuse(caller: caller, MediaError(.busy, message))]
            }
            queue.append(caller)
            return []
        }
        return starts + [.grant(caller: caller, helper: helper)]
    }

    /// Takes a caller out of the queue; one that was placed already is ignored.
    mutating func cancel(_ caller: Int) -> Bool {
        guard let index = queue.firstIndex(of: caller) else { return false }
        queue.remove(at: index)
        return true
    }

    mutating func release(_ helper: Int, at now: MonotonicTime) -> [Action] {
        guard var state = helpers[helper] else { return [] }
        state.images -= 1
        state.idleSince = now
        helpers[helper] = state
        return advance(to: now)
    }

    /// A helper ended; `isFault` unless it was ended on purpose.
    mutating func lost(_ helper: Int, isFault: Bool, at now: MonotonicTime) -> [Action] {
        guard helpers.removeValue(forKey: helper) != nil else { return [] }
        if isFault {
            deathsInARow += 1
            if deathsInARow > 2 {
                let doublings = min(deathsInARow - 3, 6)
                startsAt = now + .milliseconds(100 << doublings)
            }
        }
        return advance(to: now)
    }

    /// A helper answered, so helpers work.
    mutating func answered() {
        deathsInARow = 0
        startsAt = nil
    }

    /// Starts helpers until so many live.
    mutating func warm(_ count: Int, at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        while helpers.count < min(count, bounds.helpers), let helper = start(at: now) {
            actions.append(.start(helper: helper))
        }
        return actions
    }

    /// Places whoever can be placed and ends helpers that were idle for too long.
    mutating func advance(to now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        while let caller = queue.first, let (helper, starts) = place(at: now) {
            queue.removeFirst()
            actions += starts + [.grant(caller: caller, helper: helper)]
        }
        for helper in surplus where now - helper.since >= bounds.idleLimit {
            helpers.removeValue(forKey: helper.id)
            actions.append(.end(helper: helper.id))
        }
        return actions
    }

    /// When `advance` has something to do that no other event announces.
    var deadline: MonotonicTime? {
        let idle = surplus.map { $0.since + bounds.idleLimit }.min()
        let start = queue.isEmpty ? nil : startsAt
        return [idle, start].compactMap { $0 }.min()
    }

    /// Refuses everybody from now on and ends every helper.
    mutating func close() -> [Action] {
        isClosed = true
        let error = MediaError(.failed, "the media pool is closed")
        let refusals = queue.map { Action.refuse(caller: $0, error) }
        let ends = helpers.keys.sorted().map { Action.end(helper: $0) }
        queue = []
        helpers = [:]
        return refusals + ends
    }

    /// Idle helpers beyond those that are kept, longest idle first.
    private var surplus: [(id: Int, since: MonotonicTime)] {
        let idle = helpers.filter { $0.value.images == 0 }
            .map { (id: $0.key, since: $0.value.idleSince) }
            .sorted { ($0.since, $0.id) < ($1.since, $1.id) }
        return Array(idle.dropLast(bounds.keptIdle))
    }

    private mutating func place(at now: MonotonicTime) -> (helper: Int, starts: [Action])? {
        let idle = helpers.filter { $0.value.images == 0 }.keys.min()
        if let idle {
            helpers[idle]?.images = 1
            return (idle, [])
        }
        if helpers.count < bounds.helpers, let fresh = start(at: now) {
            helpers[fresh]?.images = 1
            return (fresh, [.start(helper: fresh)])
        }
        let open = helpers.filter { $0.value.images < bounds.images }
        let least = open.min { ($0.value.images, $0.key) < ($1.value.images, $1.key) }
        guard let least else { return nil }
        helpers[least.key]?.images += 1
        return (least.key, [])
    }

    private mutating func start(at now: MonotonicTime) -> Int? {
        if let startsAt, now < startsAt { return nil }
        startsAt = nil
        let helper = nextHelper
        nextHelper += 1
        helpers[helper] = Helper(idleSince: now)
        return helper
    }
}
