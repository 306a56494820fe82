/// What a scheduler has decided since it began.
package struct SchedulerCounts: Sendable, Hashable {
    /// Models that were evicted for others.
    package internal(set) var evictions = 0
    /// Models that came back at the cost of another after they had had to go.
    package internal(set) var swaps = 0
    /// Tickets for resident models that went before an older one for which a model would have gone.
    package internal(set) var overtakings = 0
    /// Turns that ended because somebody else's began.
    package internal(set) var stops = 0
    /// Tickets that lost their slot or their model to a higher class.
    package internal(set) var preemptions = 0
    /// Engines that were ended because they went on with work that was called off.
    package internal(set) var abandoned = 0
    /// Tickets that were lifted to the next class because they had waited its bound.
    package internal(set) var lifted = 0

    /// Nothing yet.
    package init() {}
}
