import Glibc
import POSIX

/// Lets time pass as work would: not while the process is stopped.
enum DeviceTime {
    /// Waits in small steps.
    ///
    /// A step during which the process was stopped counts as one step, however long it took.
    ///
    /// - Parameters:
    ///   - span: How long.
    ///   - isOver: Asked between steps; true ends the wait.
    /// - Returns: Whether the whole span has passed.
    static func pass(_ span: Duration, until isOver: () -> Bool) -> Bool {
        let step: Int64 = 1_000_000
        var left = span.nanoseconds
        while left > 0 {
            if isOver() { return false }
            let start = MonotonicTime.now
            var pause = timespec(tv_sec: 0, tv_nsec: Int(min(step, left)))
            unsafe nanosleep(&pause, nil)
            left -= min((.now - start).nanoseconds, 2 * step)
        }
        return true
    }
}
