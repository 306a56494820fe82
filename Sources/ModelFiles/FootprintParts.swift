/// What one file adds to a footprint, in bytes.
///
/// Floating-point numbers are exact to 2^53 bytes, and no number in a header can make their
/// products overflow.
struct FootprintParts {
    var weights = 0.0
    var caches = 0.0
    var working = 0.0
    /// What the process takes whatever the model; counted once.
    var process = 0.0

    /// Adds another file of the same engine.
    mutating func add(_ other: FootprintParts) {
        weights += other.weights
        caches += other.caches
        working += other.working
        process = max(process, other.process)
    }
}
