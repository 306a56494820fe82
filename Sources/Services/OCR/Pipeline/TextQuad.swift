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

    /// The region with more room around its text.
    ///
    /// - Parameters:
    ///   - height: The new height as a multiple of the old; 1 changes nothing.
    ///   - ends: What is added at either end of the text, as a share of the old height.
    /// - Returns: The region about the same middle line; it may reach past the image.
    package func grown(height: Double, ends: Double) -> TextQuad {
        func between(_ from: PixelPoint, _ to: PixelPoint, _ share: Double) -> PixelPoint {
            PixelPoint(x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share)
        }
        // Negative shares lie before the start: along the text first, then across it.
        let along = width > 0 ? -ends * self.height / width : 0
        let (upperStart, upperEnd) = (
            between(topLeft, topRight, along), between(topRight, topLeft, along)
        )
        let (lowerStart, lowerEnd) = (
            between(bottomLeft, bottomRight, along), between(bottomRight, bottomLeft, along)
        )
        let across = (1 - height) / 2
        return TextQuad(
            topLeft: between(upperStart, lowerStart, across),
            topRight: between(upperEnd, lowerEnd, across),
            bottomRight: between(lowerEnd, upperEnd, across),
            bottomLeft: between(lowerStart, upperStart, across)
        )
    }
}
