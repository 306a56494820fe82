/// The smallest convex polygon around the pixels of one area, in whole pixel positions.
///
/// Corners go clockwise on the screen (x right, y down) from the topmost, leftmost one. No three of
/// them lie on one line. An area of one position has one corner, a straight one two.
package struct ConvexHull {
    /// The corners, clockwise on the screen.
    package private(set) var corners: [SIMD2<Int32>] = []

    /// Builds the hull of runs in order of their rows.
    ///
    /// Only the outermost positions of each row can be corners, and they come sorted, so that each
    /// side is one pass of the monotone chain method: linear in the number of runs.
    ///
    /// - Parameter runs: Runs of one area; none make a hull without corners.
    package init(runs: ArraySlice<MaskRun>) {
        var left: [SIMD2<Int32>] = []
        var right: [SIMD2<Int32>] = []
        var index = runs.startIndex
        while index < runs.endIndex {
            let row = runs[index].row
            // Runs of one row come from left to right.
            let start = runs[index].start
            var end = runs[index].end
            while index < runs.endIndex, runs[index].row == row {
                end = runs[index].end
                index += 1
            }
            ConvexHull.extend(&left, by: SIMD2(start, row), side: -1)
            ConvexHull.extend(&right, by: SIMD2(end, row), side: 1)
        }
        corners = right
        if let top = left.first, top != right.first { corners.insert(top, at: 0) }
        // Upwards along the left side, without the corners that the right side has.
        for corner in left.dropFirst().reversed() where corner != right.last {
            corners.append(corner)
        }
    }

    /// Builds the hull of points in any order.
    ///
    /// - Parameter points: Pixel positions; repeated ones count once.
    package init(points: [SIMD2<Int32>]) {
        let sorted = points.sorted { ($0.y, $0.x) < ($1.y, $1.x) }
        let runs = sorted.map { MaskRun(row: $0.y, start: $0.x, end: $0.x) }
        self.init(runs: runs[...])
    }

    /// Appends a position below the last one and drops what is no longer on the outside.
    private static func extend(
        _ chain: inout [SIMD2<Int32>],
        by point: SIMD2<Int32>,
        side: Int
    ) {
        while chain.count >= 2 {
            let before = chain[chain.count - 2]
            let last = chain[chain.count - 1]
            let along = (x: Int(last.x - before.x), y: Int(last.y - before.y))
            let next = (x: Int(point.x - last.x), y: Int(point.y - last.y))
            if (along.x * next.y - along.y * next.x) * side > 0 { break }
            chain.removeLast()
        }
        chain.append(point)
    }
}
