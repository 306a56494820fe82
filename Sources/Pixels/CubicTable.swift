/// The 16 weights of a cubic sample for every 32nd of a pixel in both directions.
///
/// The kernel is the cubic convolution of R. Keys, "Cubic Convolution Interpolation for Digital
/// Image Processing", 1981, with the coefficient -0.75, as in `Taps`.
struct CubicTable: Sendable {
    /// Steps of a pixel in each direction, as a power of two.
    static let bits = 5
    /// What the 16 weights of a sample sum to.
    static let unit = 4096

    /// Sixteen weights, row by row, for each place: `(y << bits | x) << 4` is the first of them.
    let weights: [Int16]

    /// The table; 32 KB, made when it is first needed.
    static let shared = CubicTable()

    private init() {
        let steps = 1 << Self.bits
        let rows = (0..<steps).map { Taps.cubicWeights(Float($0) / Float(steps)) }
        var weights: [Int16] = []
        weights.reserveCapacity(steps * steps * 16)
        for vertical in rows {
            for horizontal in rows {
                var cell = vertical.flatMap { weight in
                    horizontal.map { Int16((weight * $0 * Float(Self.unit)).rounded()) }
                }
                // What rounding left over goes to the largest weight, so that flat areas stay flat.
                let rest = Self.unit - cell.reduce(0) { $0 + Int($1) }
                let largest = cell.indices.max { cell[$0] < cell[$1] } ?? 0
                cell[largest] += Int16(rest)
                weights += cell
            }
        }
        self.weights = weights
    }
}
