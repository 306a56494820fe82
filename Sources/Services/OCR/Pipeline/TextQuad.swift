/// A quadrilateral around a piece of text, its corners clockwise from the upper left.
package struct TextQuad: Hashable, Sendable {
    /// How many times higher than wide a region is when its text is taken to run upwards or
    /// downwards; the value that the recognition graph's users share.
    package static let turnRatio = 1.5

    /// The corner at the start of the text's upper edge.
    package var topLeft: PixelPoint
    /// The corner at the end of the text's upper edge.
    package var topRight: PixelPoint
    /// The corner at the end of the text's lower edge.
    package var bottomRight: PixelPoint
    /// The corner at the start of the text's lower edge.
    package var bottomLeft: PixelPoint

    /// Creates a quadrilateral from corners whose roles are known.
    ///
    /// - Parameters:
    ///   - topLeft: The corner at the start of the upper edge.
    ///   - topRight: The corner at the end of the upper edge.
    ///   - bottomRight: The corner at the end of the lower edge.
    ///   - bottomLeft: The corner at the start of the lower edge.
    package init(
        topLeft: PixelPoint,
        topRight: PixelPoint,
        bottomRight: PixelPoint,
        bottomLeft: PixelPoint
    ) {
        self.topLeft = topLeft
        self.topRight = topRight
        self.bottomRight = bottomRight
        self.bottomLeft = bottomLeft
    }

    /// Creates a quadrilateral from the corners of a rectangle in any order.
    ///
    /// The two leftmost corners are the left side, and in each side the higher corner is the upper
    /// one. So a line that slopes by less than about 45 degrees is read from left to right.
    ///
    /// - Parameter corners: Four corners.
    package init(ordering corners: [4 of PixelPoint]) {
        let sorted = [corners[0], corners[1], corners[2], corners[3]].sorted {
            ($0.x, $0.y) < ($1.x, $1.y)
        }
        let left = sorted[0].y <= sorted[1].y ? (sorted[0], sorted[1]) : (sorted[1], sorted[0])
        let right = sorted[2].y <= sorted[3].y ? (sorted[2], sorted[3]) : (sorted[3], sorted[2])
        topLeft = left.0
        topRight = right.0
        bottomRight = right.1
        bottomLeft = left.1
    }

    /// The corners clockwise from the upper left: the `polygon` of an answer.
    package var corners: [PixelPoint] {
        [topLeft, topRight, bottomRight, bottomLeft]
    }

    /// The longer of the upper and the lower edge, in pixels.
    package var width: Double {
        max(topLeft.distance(to: topRight), bottomLeft.distance(to: bottomRight))
    }

    /// The longer of the left and the right edge, in pixels.
    package var height: Double {
        max(topLeft.distance(to: bottomLeft), topRight.distance(to: bottomRight))
    }

    /// The upright rectangle around the quadrilateral: the `bbox` of an answer.
    package var boundingBox: TextQuad {
        let xs = corners.map(\.x)
        let ys = corners.map(\.y)
        let (left, right) = (xs.min() ?? 0, xs.max() ?? 0)
        let (top, bottom) = (ys.min() ?? 0, ys.max() ?? 0)
        return TextQuad(
            topLeft: PixelPoint(x: left, y: top),
            topRight: PixelPoint(x: right, y: top),
            bottomRight: PixelPoint(x: right, y: bottom),
            bottomLeft: PixelPoint(x: left, y: bottom)
        )
    }

    /// The quadrilateral whose upper edge is where the text's most likely is.
    ///
    /// A region at least `turnRatio` times higher than wide is turned by a quarter against the
    /// clock, so that its right edge becomes the upper one; the direction graph then tells whether
    /// that is upside down. Everything else stays.
    package var uprightForReading: TextQuad {
        height >= Self.turnRatio * width ? turnedByQuarter : self
    }

    /// The same region seen turned by a quarter against the clock.
    package var turnedByQuarter: TextQuad {
        TextQuad(
            topLeft: topRight,
            topRight: bottomRight,
            bottomRight: bottomLeft,
            bottomLeft: topLeft
        )
    }

    /// The same region seen turned by a half.
    package var turnedByHalf: TextQuad {
        turnedByQuarter.turnedByQuarter
    }

    /// The region with more room above and below its text.
    ///
    /// - Parameter factor: The new height as a multiple of the old; 1 changes nothing.
    /// - Returns: The region about the same middle line; it may reach past the image.
    package func heightened(by factor: Double) -> TextQuad {
        let share = (factor - 1) / 2
        func beyond(_ corner: PixelPoint, from opposite: PixelPoint) -> PixelPoint {
            PixelPoint(
                x: corner.x + (corner.x - opposite.x) * share,
                y: corner.y + (corner.y - opposite.y) * share
            )
        }
        return TextQuad(
            topLeft: beyond(topLeft, from: bottomLeft),
            topRight: beyond(topRight, from: bottomRight),
            bottomRight: beyond(bottomRight, from: topRight),
            bottomLeft: beyond(bottomLeft, from: topLeft)
        )
    }
}
