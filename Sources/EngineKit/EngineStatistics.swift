/// What an engine has done so far.
struct EngineStatistics: Sendable, Hashable {
    /// Pieces of work that gave a result.
    var completed = 0
    /// Pieces of work that were started and gave none.
    var failed = 0
    /// Pieces of work that never started.
    var refused = 0
    /// Nanoseconds for which work held the device.
    var held: Int64 = 0
}
