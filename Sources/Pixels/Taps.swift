/// Which source samples make each output sample along one axis, and with what weight.
///
/// Every output sample has the same number of taps, side by side, all inside the source: weight that
/// would fall outside is given to the edge sample, which replicates the edge. Weights of one output
/// sample sum to 1, so an affine conversion of the levels may come before or after.
struct Taps {
    /// Taps of each output sample.
    let count: Int
    /// The first source sample of each output sample.
    private(set) var starts: [Int32]
    /// `count` weights for each output sample.
    private(set) var weights: [Float]

    /// Computes the taps.
    ///
    /// - Parameters:
    ///   - source: Source samples, at least 1.
    ///   - target: Output samples, at least 1.
    ///   - kernel: How to weigh.
    init(source: Int, target: Int, kernel: ResizeKernel) {
        let step = Double(source) / Double(target)
        let shrinksByArea = kernel == .area && step > 1
        let support =
            switch kernel {
            case .linear: 2
            case .cubic: 4
            case .area: shrinksByArea ? Int(step.rounded(.up)) + 1 : 2
            }
        count = min(support, source)
        starts = []
        starts.reserveCapacity(target)
        weights = [Float](repeating: 0, count: target * count)
        for index in 0..<target {
            let (first, row) =
                if shrinksByArea {
                    Self.covered(index, step: step, support: support)
                } else {
                    Self.interpolated(index, step: step, isCubic: kernel == .cubic)
                }
            let start = max(0, min(first, source - count))
            starts.append(Int32(start))
            for (offset, weight) in row.enumerated() {
                let position = max(0, min(first + offset, source - 1)) - start
                // Zero weights at the far end of a window that was moved inside name no sample.
                guard position >= 0, position < count else { continue }
                weights[index * count + position] += weight
            }
        }
    }

    private static func interpolated(
        _ index: Int,
        step: Double,
        isCubic: Bool
    ) -> (first: Int, weights: [Float]) {
        let centre = (Double(index) + 0.5) * step - 0.5
        let floor = centre.rounded(.down)
        let fraction = Float(centre - floor)
        guard isCubic else { return (Int(floor), [1 - fraction, fraction]) }
        return (Int(floor) - 1, cubicWeights(fraction))
    }

    /// The weights of the four samples around a place.
    ///
    /// - Parameter fraction: How far the place lies behind the second of them, 0 to 1.
    static func cubicWeights(_ fraction: Float) -> [Float] {
        [1 + fraction, fraction, 1 - fraction, 2 - fraction].map(cubic)
    }

    /// The cubic convolution kernel with the coefficient -0.75.
    private static func cubic(_ distance: Float) -> Float {
        let a: Float = -0.75
        if distance <= 1 {
            return ((a + 2) * distance - (a + 3)) * distance * distance + 1
        }
        return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
    }

    private static func covered(
        _ index: Int,
        step: Double,
        support: Int
    ) -> (first: Int, weights: [Float]) {
        let from = Double(index) * step
        let to = from + step
        let first = Int(from)
        let weights = (0..<support).map { offset in
            let left = max(from, Double(first + offset))
            let right = min(to, Double(first + offset + 1))
            return Float(max(0, right - left) / step)
        }
        return (first, weights)
    }
}
