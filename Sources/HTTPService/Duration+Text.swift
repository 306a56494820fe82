internal import POSIX

extension Duration {
    /// Milliseconds with three decimals, "12.034"; negative durations are shown as zero.
    var millisecondText: String {
        let microseconds = max(0, nanoseconds / 1000)
        let fraction = String(1000 + microseconds % 1000).dropFirst()
        return "\(microseconds / 1000).\(fraction)"
    }
}
