/// The mean of a detection map inside a rectangle.
///
/// The rectangle's corners are cut to whole pixels and every pixel on its outline counts, as in the
/// usual polygon filling: thresholds for the score are tuned to that. Reads each pixel once, so its
/// time is that of the rectangle's area.
struct BoxScore {
    private let width: Int
    private let height: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Computes the score.
    ///
    /// - Returns: The mean; not finite if the map holds such values there, 0 outside of the map.
    func mean(of map: Span<Float>, in rectangle: RotatedRectangle) -> Float {
        precondition(map.count == width * height, "a map has one value for each pixel")
        let points = corners(of: rectangle)
        let top = max(0, Int(points.map(\.y).min() ?? 0))
        let bottom = min(height - 1, Int(points.map(\.y).max() ?? -1))
        guard top <= bottom else { return 0 }
        var sum = 0.0
        var count = 0
        for row in top...bottom {
            guard let columns = columns(of: points, row: row) else { continue }
            sum += Double(sumOf(map, from: row * width + columns.lowerBound, count: columns.count))
            count += columns.count
        }
        return count > 0 ? Float(sum / Double(count)) : 0
    }

    /// The corners at whole pixels.
    private func corners(of rectangle: RotatedRectangle) -> [PixelPoint] {
        let corners = rectangle.corners
        return corners.indices.map { index in
            PixelPoint(x: corners[index].x.rounded(.down), y: corners[index].y.rounded(.down))
        }
    }

    /// The pixels of a row that the polygon covers or whose outline passes.
    private func columns(of points: [PixelPoint], row: Int) -> Range<Int>? {
        let y = Double(row)
        var (first, last) = (Double.infinity, -Double.infinity)
        for index in points.indices {
            let (a, b) = (points[index], points[(index + 1) % points.count])
            let (upper, lower) = a.y <= b.y ? (a, b) : (b, a)
            guard upper.y <= y, y <= lower.y else { continue }
            let (left, right) = (min(a.x, b.x), max(a.x, b.x))
            if upper.y == lower.y {
                (first, last) = (min(first, left), max(last, right))
                continue
            }
            // The pixels of a line in this row are those where it is less than half a row away.
            let slope = (lower.x - upper.x) / (lower.y - upper.y)
            let middle = upper.x + (y - upper.y) * slope
            let reach = max(0, abs(slope) / 2 - 0.5)
            first = min(first, max(left, (middle - reach).rounded()))
            last = max(last, min(right, (middle + reach).rounded()))
        }
        let (low, high) = (max(first, 0), min(last, Double(width - 1)))
        return low <= high ? Int(low)..<(Int(high) + 1) : nil
    }

    private func sumOf(_ map: Span<Float>, from start: Int, count: Int) -> Float {
        unsafe map.extracting(start..<(start + count)).withUnsafeBufferPointer { values in
            // Sound: `extracting` checked the range, and both loops stay within `count`.
            let bytes = UnsafeRawBufferPointer(values)
            var lanes = SIMD16<Float>.zero
            var index = 0
            while index + 16 <= count {
                unsafe lanes += bytes.loadUnaligned(
                    fromByteOffset: index * 4,
                    as: SIMD16<Float>.self
                )
                index += 16
            }
            var sum = lanes.sum()
            while index < count {
                unsafe sum += values[index]
                index += 1
            }
            return sum
        }
    }
}
