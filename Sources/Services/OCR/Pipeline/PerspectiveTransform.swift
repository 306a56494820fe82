/// A projective map of the plane, as the nine numbers of a 3 × 3 matrix in row order.
///
/// A position (x, y) goes to ((m0 x + m1 y + m2) / d, (m3 x + m4 y + m5) / d) with
/// d = m6 x + m7 y + m8 and m8 = 1.
package struct PerspectiveTransform: Hashable, Sendable {
    /// The matrix in row order; nine numbers, the last one 1.
    package let matrix: [Double]

    /// Finds the map that takes an upright rectangle at the origin to a quadrilateral.
    ///
    /// The corner (0, 0) goes to `corners.topLeft`, then clockwise. With a sampler that counts
    /// pixel centres, evaluate at (column + 0.5, row + 0.5) and subtract 0.5 from the result.
    ///
    /// Nil if the quadrilateral has no area, has three corners on one line or is not convex, since
    /// no such map exists then, or if a number is not finite.
    ///
    /// - Parameters:
    ///   - width: The width of the rectangle; positive.
    ///   - height: The height of the rectangle; positive.
    ///   - corners: Where its corners go.
    package init?(width: Double, height: Double, to corners: TextQuad) {
        guard width > 0, height > 0, width.isFinite, height.isFinite else { return nil }
        let (a, b) = (corners.topLeft, corners.topRight)
        let (c, d) = (corners.bottomRight, corners.bottomLeft)
        // The map of the unit square in closed form: with u = b - c, v = d - c and s = a - b + c - d,
        // the last row (g, h, 1) solves g u + h v = s; the rest follows from where (0, 0), (1, 0)
        // and (0, 1) go. A parallelogram has s = 0 and so an affine map.
        let (ux, uy) = (b.x - c.x, b.y - c.y)
        let (vx, vy) = (d.x - c.x, d.y - c.y)
        let (sx, sy) = (a.x - b.x + c.x - d.x, a.y - b.y + c.y - d.y)
        let determinant = ux * vy - uy * vx
        let size = max(abs(ux), abs(uy), abs(vx), abs(vy))
        // Relative to the size, because a tenth of a square pixel is much for a point and nothing
        // for a page; written so that a determinant that is not a number fails as well.
        guard abs(determinant) > 1e-9 * size * size, determinant.isFinite else { return nil }
        let g = (sx * vy - sy * vx) / determinant
        let h = (ux * sy - uy * sx) / determinant
        // The weights of the other corners; one at or under zero folds the rectangle.
        guard 1 + g > 1e-9, 1 + h > 1e-9, 1 + g + h > 1e-9 else { return nil }
        matrix = [
            (b.x - a.x + g * b.x) / width, (d.x - a.x + h * d.x) / height, a.x,
            (b.y - a.y + g * b.y) / width, (d.y - a.y + h * d.y) / height, a.y,
            g / width, h / height, 1,
        ]
    }

    /// Maps a position.
    ///
    /// - Parameter point: A position in or near the rectangle.
    /// - Returns: Where it goes.
    package func apply(_ point: PixelPoint) -> PixelPoint {
        let divisor = matrix[6] * point.x + matrix[7] * point.y + matrix[8]
        return PixelPoint(
            x: (matrix[0] * point.x + matrix[1] * point.y + matrix[2]) / divisor,
            y: (matrix[3] * point.x + matrix[4] * point.y + matrix[5]) / divisor
        )
    }
}
