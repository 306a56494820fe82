/// The order in which people read the regions of a page: rows from the top, each from the left.
///
/// A page that was scanned at a slight angle is straightened first, by the typical slope of its
/// long regions. Then a region belongs to the row before it if the two share more than half of the
/// lower one's height. Columns are not told apart: a row goes across all of them, as in the peer
/// toolkits. Text from right to left is ordered like any other.
package struct ReadingOrder: Hashable, Sendable {
    /// The rows from top to bottom; each holds places in the list of regions, from left to right.
    package private(set) var rows: [[Int]] = []

    /// The places of all regions in reading order.
    package var order: [Int] { rows.flatMap { $0 } }

    /// Orders regions.
    ///
    /// - Parameter quads: The regions, in any order.
    /// - Complexity: O(n log n).
    package init(_ quads: [TextQuad]) {
        let slope = Self.slope(of: quads)
        let boxes = quads.enumerated().map { Box($1, index: $0, slope: slope) }
            .sorted { ($0.middle, $0.left, $0.index) < ($1.middle, $1.left, $1.index) }
        var row: [Box] = []
        // The lowest region stands for its row: one that is several rows high must not collect
        // everything beside it.
        var lowest: Box?
        for box in boxes {
            if let reference = lowest, !box.sharesRow(with: reference) {
                close(&row)
                lowest = nil
            }
            row.append(box)
            if box.height < lowest?.height ?? .infinity { lowest = box }
        }
        close(&row)
    }

    /// The texts of regions, each row as one line with single spaces between its regions.
    ///
    /// - Parameter texts: The text of each region, in the order of the initialiser's list. Empty
    ///   ones, and rows of nothing else, are left out.
    /// - Returns: The lines from top to bottom; joined with spaces they are the reference's `text`.
    package func lines(of texts: [String]) -> [String] {
        rows.compactMap { row in
            let words = row.map { texts[$0] }.filter { !$0.isEmpty }
            return words.isEmpty ? nil : words.joined(separator: " ")
        }
    }

    private mutating func close(_ row: inout [Box]) {
        guard !row.isEmpty else { return }
        row.sort { ($0.left, $0.middle, $0.index) < ($1.left, $1.middle, $1.index) }
        rows.append(row.map(\.index))
        row.removeAll()
    }

    /// The slope of the text, as rows down for each column to the right.
    ///
    /// The median over regions that are at least three times wider than high, each counting by
    /// its width. Slopes over a half are of turned text and tell nothing about the page.
    private static func slope(of quads: [TextQuad]) -> Double {
        var slopes: [(slope: Double, weight: Double)] = []
        for quad in quads where quad.width >= 3 * quad.height {
            let dx = quad.topRight.x - quad.topLeft.x + quad.bottomRight.x - quad.bottomLeft.x
            let dy = quad.topRight.y - quad.topLeft.y + quad.bottomRight.y - quad.bottomLeft.y
            if dx > 0, abs(dy) <= dx / 2 { slopes.append((dy / dx, quad.width)) }
        }
        slopes.sort { $0.slope < $1.slope }
        var rest = slopes.reduce(0) { $0 + $1.weight } / 2
        for entry in slopes {
            rest -= entry.weight
            if rest <= 0 { return entry.slope }
        }
        return 0
    }
}

/// Where a region is on the straightened page.
private struct Box {
    let index: Int
    let left: Double
    let top: Double
    let bottom: Double

    var middle: Double { (top + bottom) / 2 }
    var height: Double { bottom - top }

    init(_ quad: TextQuad, index: Int, slope: Double) {
        let size = (1 + slope * slope).squareRoot()
        let xs = quad.corners.map { ($0.x + $0.y * slope) / size }
        let ys = quad.corners.map { ($0.y - $0.x * slope) / size }
        self.index = index
        left = xs.min() ?? 0
        top = ys.min() ?? 0
        bottom = ys.max() ?? 0
    }

    func sharesRow(with other: Box) -> Bool {
        let shared = min(bottom, other.bottom) - max(top, other.top)
        return shared > min(height, other.height) / 2
    }
}
