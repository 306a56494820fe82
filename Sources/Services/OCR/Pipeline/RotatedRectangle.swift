/// A rectangle at any angle.
package struct RotatedRectangle: Hashable, Sendable {
    /// The middle, in pixels.
    package var center: PixelPoint
    /// The direction of the first side, as a vector of length 1.
    package var direction: PixelPoint
    /// The length of the side along `direction`, in pixels.
    package var length: Double
    /// The length of the other side, in pixels.
    package var breadth: Double

    /// The shorter side, in pixels.
    package var shortSide: Double { min(length, breadth) }

    /// The four corners in order around the rectangle, from any of them.
    package var corners: [4 of PixelPoint] {
        let along = PixelPoint(x: direction.x * length / 2, y: direction.y * length / 2)
        let across = PixelPoint(x: -direction.y * breadth / 2, y: direction.x * breadth / 2)
        func corner(_ a: Double, _ b: Double) -> PixelPoint {
            PixelPoint(
                x: center.x + a * along.x + b * across.x,
                y: center.y + a * along.y + b * across.y
            )
        }
        return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)]
    }

    /// The rectangle whose every side is farther out by a distance.
    ///
    /// Growing a shape with round joins turns a rectangle into one with quarter circles for corners,
    /// and the smallest rectangle around that is this one: so the closed form needs no polygon
    /// offsetting.
    ///
    /// - Parameter distance: How far each side moves out, in pixels.
    /// - Returns: The larger rectangle.
    package func grown(by distance: Double) -> RotatedRectangle {
        var result = self
        result.length += 2 * distance
        result.breadth += 2 * distance
        return result
    }

    /// How far text reaches beyond the rectangle around its kernel.
    ///
    /// The detection graph is trained to mark text shrunk by an offset in proportion to area over
    /// perimeter; the ratio undoes it.
    ///
    /// - Parameter ratio: The margin in terms of area over perimeter.
    /// - Returns: The margin, in pixels.
    package func margin(ratio: Double) -> Double {
        guard length + breadth > 0 else { return 0 }
        return length * breadth * ratio / (2 * (length + breadth))
    }
}

extension RotatedRectangle {
    /// Finds the rectangle of the smallest area around a convex polygon.
    ///
    /// One side of it lies along a side of the polygon, so each side is tried in turn while the
    /// farthest corners in the three other directions move on with it (rotating callipers): linear
    /// in the number of corners.
    ///
    /// - Parameter hull: A polygon with its corners clockwise on the screen; nil comes of none.
    package init?(around hull: ConvexHull) {
        let corners = hull.corners.map { PixelPoint(x: Double($0.x), y: Double($0.y)) }
        guard let first = corners.first else { return nil }
        self.init(center: first, direction: PixelPoint(x: 1, y: 0), length: 0, breadth: 0)
        guard corners.count > 1 else { return }
        var callipers = Callipers(corners)
        var smallest = Double.infinity
        for side in corners.indices {
            let candidate = callipers.rectangle(along: side)
            if candidate.length * candidate.breadth < smallest {
                smallest = candidate.length * candidate.breadth
                self = candidate
            }
        }
    }
}

/// The corners that touch the rectangle along the side that was tried last.
private struct Callipers {
    private let corners: [PixelPoint]
    private var farthest = 1
    private var deepest = 1
    private var nearest = 1

    init(_ corners: [PixelPoint]) {
        self.corners = corners
    }

    mutating func rectangle(along side: Int) -> RotatedRectangle {
        let origin = corners[side]
        let next = corners[(side + 1) % corners.count]
        let size = origin.distance(to: next)
        let along = PixelPoint(x: (next.x - origin.x) / size, y: (next.y - origin.y) / size)
        let inward = PixelPoint(x: -along.y, y: along.x)
        func position(_ corner: Int, _ axis: PixelPoint) -> Double {
            let point = corners[corner % corners.count]
            return (point.x - origin.x) * axis.x + (point.y - origin.y) * axis.y
        }
        /// Moves on while the next corner is farther, at most once around.
        func advance(_ corner: inout Int, _ axis: PixelPoint, sign: Double) {
            let bound = side + 2 * corners.count
            while corner < bound, sign * position(corner + 1, axis) > sign * position(corner, axis)
            {
                corner += 1
            }
        }
        farthest = max(farthest, side + 1)
        advance(&farthest, along, sign: 1)
        deepest = max(deepest, farthest)
        advance(&deepest, inward, sign: 1)
        nearest = max(nearest, deepest)
        advance(&nearest, along, sign: -1)

        let (left, right) = (position(nearest, along), position(farthest, along))
        let depth = position(deepest, inward)
        let (middle, half) = ((left + right) / 2, depth / 2)
        return RotatedRectangle(
            center: PixelPoint(
                x: origin.x + along.x * middle + inward.x * half,
                y: origin.y + along.y * middle + inward.y * half
            ),
            direction: along,
            length: right - left,
            breadth: depth
        )
    }
}
