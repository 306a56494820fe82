/// Time that passes only while something runs, in nanoseconds.
struct Stopwatch: Sendable {
    /// What the stretches that are over took.
    private var passed: Int64 = 0
    /// When the present stretch began; nil while nothing runs.
    private var started: Int64?

    init() {}

    /// Starts or ends a stretch; both are idempotent.
    mutating func run(_ runs: Bool, at now: Int64) {
        switch (started, runs) {
        case (nil, true): started = now
        case (let start?, false):
            passed += now - start
            started = nil
        default: break
        }
    }

    /// What all stretches took, the present one up to now.
    func passed(at now: Int64) -> Int64 {
        passed + (started.map { now - $0 } ?? 0)
    }

    /// When a span will have passed if nothing stops it; nil while nothing runs.
    func end(of span: Int64) -> Int64? {
        started.map { $0 + span - passed }
    }
}
