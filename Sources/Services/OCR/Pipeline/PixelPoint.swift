/// A position in pixels, x to the right and y down, with fractions.
///
/// Coordinates are those of edges, not of pixel centres: the first pixel of a row covers 0 to 1 and
/// the image spans 0 to its width. A sampler that counts from centres subtracts a half.
package struct PixelPoint: Hashable, Sendable {
    /// Pixels to the right of the left edge.
    package var x: Double
    /// Pixels below the upper edge.
    package var y: Double

    /// Creates a position.
    ///
    /// - Parameters:
    ///   - x: Pixels to the right of the left edge.
    ///   - y: Pixels below the upper edge.
    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    /// The straight distance to another position, in pixels.
    ///
    /// - Parameter other: The other end.
    /// - Returns: The distance; never negative.
    package func distance(to other: PixelPoint) -> Double {
        let dx = other.x - x
        let dy = other.y - y
        return (dx * dx + dy * dy).squareRoot()
    }
}
