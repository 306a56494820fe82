internal import POSIX

/// A device while the scheduler works: its ledger, its clock and what classes owe each other.
struct Device: Sendable {
    let description: DeviceDescription
    /// Places for engines or pieces of work.
    let places: Int
    /// Whether engines are stopped here while others run.
    let stops: Bool
    /// Times of the description in nanoseconds; `Duration` computes with 128 bits.
    let quantum: Int64
    let maximumOvertaking: Int64
    /// Its models by number.
    var models: [Int] = []

    // MARK: Ledger

    /// Bytes that residencies hold.
    var used = 0
    /// Since when it is over its budget.
    var overBudgetSince: MonotonicTime?
    /// When a model was last loaded for which another had to go that had displaced it.
    var lastSwap: MonotonicTime?
    /// A ticket that waits for memory; others overtake it.
    var overtaken: TicketID?

    // MARK: Clock

    /// Tickets that run now.
    var running = 0
    /// Nanoseconds of the device that each of the running tickets had since the beginning.
    ///
    /// With n tickets it advances at an n-th of the speed: tickets that run together share it.
    var clock: Int64 = 0
    private var clockAt: Int64 = 0

    // MARK: Turns

    /// Busy tickets, and engines that load, on a device that stops nothing.
    var inside = 0
    /// Engines that load, of those.
    var loading = 0
    /// The classes that have and that want the device since the last decision, as sets of bits.
    var held = 0
    var wanted = 0
    /// Device time that each class owes to lower ones.
    var owed: InlineArray<3, Int64> = [0, 0, 0]
    /// The classes that let lower ones go first until they owe nothing, as a set of bits.
    var deferred = 0
    private var owedAt: Int64 = 0
    /// The least device time that is left to lower classes at once.
    private let slice: Int64

    // MARK: The present decision

    /// Places that claims have taken.
    var taken = 0
    /// Whether a claim found no place, so that none that comes after it gets one.
    var isBlocked = false
    /// The rank of the last claim that got a place.
    var lastRank = 0
    /// Whether an equal of the last claim that got a place found none.
    var isContended = false

    init(_ description: DeviceDescription) {
        self.description = description
        places = description.rule.places
        stops = description.rule.stops
        quantum = description.quantum.nanoseconds
        maximumOvertaking = description.maximumOvertaking.nanoseconds
        slice = max(quantum / 10, 1)
    }

    /// Lets the clock go on to the present.
    mutating func settle(at now: Int64) {
        if running > 0 { clock += (now - clockAt) / Int64(running) }
        clockAt = now
    }

    // MARK: What is left to lower classes

    /// Counts what classes owe since the last decision and decides who lets whom go first.
    mutating func settleDebts(at now: Int64) {
        let passed = now - owedAt
        owedAt = now
        guard description.lowerShare > 0 else { return }
        for rank in 1...2 {
            switch flow(of: rank) {
            case .grows:
                let more = Int64(min(Double(passed) * ratio, Double(Self.mostQuanta * quantum)))
                owed[rank] = min(owed[rank] + more, Self.mostQuanta * quantum)
            // Work that cannot be cut at the end of the slice has paid in advance.
            case .isPaid: owed[rank] = max(-quantum, owed[rank] - passed)
            case .fades: owed[rank] -= owed[rank].signum() * min(passed, abs(owed[rank]))
            case .rests: break
            }
            if owed[rank] <= 0 { deferred &= ~(1 << rank) }
            if owed[rank] >= slice { deferred |= 1 << rank }
        }
    }

    /// When a debt will be large enough, or paid, as the present decision leaves it.
    func debtsDue(at now: Int64) -> Int64 {
        guard description.lowerShare > 0 else { return .max }
        var due = Int64.max
        for rank in 1...2 {
            switch (flow(of: rank), deferred & 1 << rank != 0) {
            case (.grows, false):
                // A share may be so small that the debt is never large enough.
                let missing = min((Double(slice - owed[rank]) / ratio).rounded(.up), 1e15)
                due = min(due, now + Int64(missing) + 1)
            case (.isPaid, true), (.fades, true): due = min(due, now + owed[rank])
            default: continue
            }
        }
        return due
    }

    /// What becomes of a class's debt to lower ones.
    private enum DebtFlow {
        case grows, isPaid
        /// Nobody is kept waiting; who comes again at once finds most of it.
        case fades
        /// A higher class has the device, and both wait.
        case rests
    }

    /// Most quanta that a class owes; a decision may come late.
    private static let mostQuanta: Int64 = 10

    /// Debt for each unit of time.
    private var ratio: Double { description.lowerShare / (1 - description.lowerShare) }

    private func flow(of rank: Int) -> DebtFlow {
        let (own, lower) = (1 << rank, 1 << rank - 1)
        if held & own != 0, held & lower == 0, wanted & lower != 0 { return .grows }
        if held & lower != 0, wanted & own != 0 { return .isPaid }
        return (held | wanted) & own == 0 || (held | wanted) & lower == 0 ? .fades : .rests
    }
}
