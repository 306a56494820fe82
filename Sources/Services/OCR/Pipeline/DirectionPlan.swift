/// How a region goes through the direction graph, which tells whether a line is upside down.
///
/// The graph's input is 48 rows of 192 columns: the line is resized to 48 rows keeping its
/// proportions, a longer one is squeezed into 192 columns, and the rest is zero. Its output is two
/// probabilities, for upright and for turned by a half.
package struct DirectionPlan: Hashable, Sendable {
    /// The height of the direction graph's input, in pixels.
    package static let height = 48
    /// The width of the direction graph's input, in pixels.
    package static let width = 192

    /// How many columns from the left the resized line takes, 1 to 192; the rest is zero.
    package let contentWidth: Int

    /// Plans the look at one region.
    ///
    /// - Parameter quad: The region, as `TextQuad.uprightForReading` returns it.
    package init(_ quad: TextQuad) {
        let exact = (Double(Self.height) * quad.width / max(quad.height, 1)).rounded(.up)
        contentWidth = Int(min(max(exact, 1), Double(Self.width)))
    }

    /// Reads the graph's output for one region.
    ///
    /// - Parameters:
    ///   - upright: The probability that the line is upright.
    ///   - upsideDown: The probability that it is turned by a half.
    ///   - threshold: How sure the graph must be, as a wrong turn loses the whole line.
    /// - Returns: Whether to read the region as `TextQuad.turnedByHalf`; false for what is not a
    ///   number.
    package static func shouldTurn(
        upright: Float,
        upsideDown: Float,
        threshold: Float = 0.9
    ) -> Bool {
        upsideDown > upright && upsideDown > threshold
    }
}
