package import POSIX

/// Time without the stretches for which the process was stopped.
///
/// DESIGN. The kernel tells a process that it was continued, never when it was stopped. So the clock
/// is looked at every `tick` while work runs: a stop lies between the last look and the first one
/// after it. Of that gap the process ran a part between nothing and a tick, and on average half a
/// tick, because stops do not keep time with the looks. So each stop adds an error below half a tick
/// that is as often too much as too little. Asking the manager, which knows both moments, was
/// rejected: the client's `device_us` would have to wait for it.
package struct RunningClock: Sendable {
    /// How often to look while work runs.
    package static let tick: Duration = .milliseconds(10)

    private var last: MonotonicTime
    /// Nanoseconds.
    private var stopped: Int64 = 0

    /// Starts a clock.
    ///
    /// - Parameter now: The present moment.
    package init(now: MonotonicTime) {
        last = now
    }

    /// Looks at the clock.
    ///
    /// - Parameters:
    ///   - now: The present moment.
    ///   - wasStopped: Whether the process was stopped and continued since the last look.
    /// - Returns: Nanoseconds since an arbitrary start, stopped time excluded; never goes back.
    package mutating func look(at now: MonotonicTime, wasStopped: Bool) -> Int64 {
        let gap = max(0, (now - last).nanoseconds)
        if wasStopped { stopped += gap - min(gap, Self.tick.nanoseconds) / 2 }
        last = max(last, now)
        return last.nanoseconds - stopped
    }
}
