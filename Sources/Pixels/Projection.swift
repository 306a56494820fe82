/// A perspective map of the plane, as the rows of a 3 by 3 matrix.
struct Projection {
    /// Row by row.
    private(set) var m: [Double]

    /// The map from the rectangle (0, 0) to (`width`, `height`) onto a quadrilateral, corner by
    /// corner.
    ///
    /// P. Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3.
    init(width: Double, height: Double, onto quad: [Double]) {
        let sumX = quad[0] - quad[2] + quad[4] - quad[6]
        let sumY = quad[1] - quad[3] + quad[5] - quad[7]
        let (aX, aY) = (quad[2] - quad[4], quad[3] - quad[5])
        let (bX, bY) = (quad[6] - quad[4], quad[7] - quad[5])
        let determinant = aX * bY - bX * aY
        // Three corners on a line have no perspective; the parallelogram comes closest.
        let g = determinant == 0 ? 0 : (sumX * bY - bX * sumY) / determinant
        let h = determinant == 0 ? 0 : (aX * sumY - sumX * aY) / determinant
        m = [
            (quad[2] - quad[0] + g * quad[2]) / width, (quad[6] - quad[0] + h * quad[6]) / height,
            quad[0],
            (quad[3] - quad[1] + g * quad[3]) / width, (quad[7] - quad[1] + h * quad[7]) / height,
            quad[1],
            g / width, h / height, 1,
        ]
    }

    /// This map after an affine one: x becomes `a[0] x + a[1] y + a[2]`, y likewise from `a[3]`.
    func after(_ a: [Double]) -> Projection {
        var result = self
        for row in 0..<3 {
            let (x, y) = (m[3 * row], m[3 * row + 1])
            result.m[3 * row] = x * a[0] + y * a[3]
            result.m[3 * row + 1] = x * a[1] + y * a[4]
            result.m[3 * row + 2] = x * a[2] + y * a[5] + m[3 * row + 2]
        }
        return result
    }
}

extension Crop {
    /// The size of the piece in source pixels, before it is turned.
    var size: (width: Double, height: Double) {
        func distance(_ from: Int, _ to: Int) -> Double {
            let (x, y) = (quad[2 * from] - quad[2 * to], quad[2 * from + 1] - quad[2 * to + 1])
            return (x * x + y * y).squareRoot()
        }
        return (
            max(1, max(distance(0, 1), distance(3, 2)).rounded(.down)),
            max(1, max(distance(0, 3), distance(1, 2)).rounded(.down))
        )
    }

    /// The size of the piece in source pixels, after it is turned.
    var turnedSize: (width: Double, height: Double) {
        turn % 180 == 0 ? size : (size.height, size.width)
    }

    /// The map from output pixel numbers to source pixel numbers.
    ///
    /// Same positions as cutting the piece out at its own size, turning it, and resizing that with
    /// half-pixel centres.
    func projection(height: Int) -> Projection {
        let (w, h) = size
        let turned = turnedSize
        let (stepX, stepY) = (turned.width / Double(width), turned.height / Double(height))
        let (startX, startY) = (0.5 * stepX - 0.5, 0.5 * stepY - 0.5)
        let affine =
            switch turn {
            case 90: [0, stepY, startY, -stepX, 0, h - 1 - startX]
            case 180: [-stepX, 0, w - 1 - startX, 0, -stepY, h - 1 - startY]
            case 270: [0, -stepY, w - 1 - startY, stepX, 0, startX]
            default: [stepX, 0, startX, 0, stepY, startY]
            }
        return Projection(width: w, height: h, onto: quad).after(affine)
    }
}
