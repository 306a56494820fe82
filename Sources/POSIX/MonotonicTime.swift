internal import CLinux
internal import Glibc

/// A moment on the clock that never jumps; it does not advance while the machine is suspended.
package struct MonotonicTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since an arbitrary start that all processes of this boot share.
    package let nanoseconds: Int64

    /// Creates a moment.
    ///
    /// - Parameter nanoseconds: Nanoseconds since the clock's start.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The present moment.
    package static var now: MonotonicTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Orders by time.
    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The time that passes from `right` to `left`.
    package static func - (left: MonotonicTime, right: MonotonicTime) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }

    /// The seconds that have passed since an earlier moment.
    ///
    /// Without the wide arithmetic of `Duration`, for those who measure often.
    ///
    /// - Parameter earlier: The earlier moment.
    package func seconds(since earlier: MonotonicTime) -> Double {
        Double(nanoseconds - earlier.nanoseconds) / 1_000_000_000
    }

    /// The moment that lies a duration earlier.
    package static func - (moment: MonotonicTime, span: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: moment.nanoseconds - span.nanoseconds)
    }

    /// The moment that lies a duration later.
    package static func + (moment: MonotonicTime, span: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: moment.nanoseconds + span.nanoseconds)
    }
}

extension Duration {
    /// The whole duration in nanoseconds; durations beyond 292 years are not representable.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// The whole duration in milliseconds, with its fraction.
    package var milliseconds: Double { Double(nanoseconds) / 1_000_000 }

    /// The whole duration in seconds, with its fraction.
    package var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
}
