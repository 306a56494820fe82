/// The most probable of some classes; the first of equals.
///
/// Stops at the first class that has more than half of the probability, for no other can have as
/// much then. The blank and the class of the step before are looked at first: together they win
/// most steps, so that most values are never read.
struct MostProbable {
    /// The class; 0 if no value is a positive number.
    private(set) var index = 0
    /// Its probability.
    private(set) var value: Float = 0

    /// A little over a half, for outputs that were rounded to eight bits of fraction.
    private static let decisive: Float = 0.51
    private static let block = 256

    /// Finds the most probable class.
    ///
    /// - Parameters:
    ///   - probabilities: The probabilities of the classes; at least one, of sum 1.
    ///   - guess: The class that is likely the most probable, besides class 0.
    init(_ probabilities: Span<Float>, guess: Int) {
        for candidate in [0, guess] where probabilities[candidate] > Self.decisive {
            (index, value) = (candidate, probabilities[candidate])
            return
        }
        unsafe probabilities.withUnsafeBufferPointer { values in
            unsafe search(values)
        }
    }

    private mutating func search(_ values: UnsafeBufferPointer<Float>) {
        // Sound: a block is read only where `block` values remain.
        let bytes = UnsafeRawBufferPointer(values)
        var start = 0
        while start + Self.block <= values.count {
            var largest = SIMD16<Float>(repeating: value)
            for part in 0..<(Self.block / 16) {
                let lanes = unsafe bytes.loadUnaligned(
                    fromByteOffset: (start + part * 16) * 4,
                    as: SIMD16<Float>.self
                )
                largest.replace(with: lanes, where: lanes .> largest)
            }
            // No lane is ever not a number, as only what compares as greater gets in.
            if largest.max() > value {
                unsafe refine(values, start..<(start + Self.block))
                if value > Self.decisive { return }
            }
            start += Self.block
        }
        unsafe refine(values, start..<values.count)
    }

    /// Looks at values one by one.
    private mutating func refine(_ values: UnsafeBufferPointer<Float>, _ range: Range<Int>) {
        for candidate in range where unsafe values[candidate] > value {
            (index, value) = unsafe (candidate, values[candidate])
        }
    }
}
