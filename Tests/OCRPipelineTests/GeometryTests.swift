import OCRPipeline
import Testing

@Suite struct GeometryTests {
    @Test func findsTheSmallestRectangleAroundPoints() throws {
        let rows = try Fixture("rectangles.txt").rows
        #expect(rows.count == 60)
        for row in rows {
            let count = Int(row.left[0])
            let points = (0..<count).map {
                SIMD2(Int32(row.left[1 + 2 * $0]), Int32(row.left[2 + 2 * $0]))
            }
            let found = try #require(RotatedRectangle(around: ConvexHull(points: points)))
            let area = found.length * found.breadth
            #expect(abs(area - row.right[4]) <= 0.01 + 0.0001 * row.right[4], "\(row)")
            // Two rectangles may have the smallest area; compare places only where one has it.
            if abs(found.shortSide - row.right[2]) < 0.01 {
                #expect(abs(found.center.x - row.right[0]) < 0.02, "\(row)")
                #expect(abs(found.center.y - row.right[1]) < 0.02, "\(row)")
            }
        }
    }

    @Test func everyPointIsInsideItsSmallestRectangle() throws {
        for row in try Fixture("rectangles.txt").rows {
            let points = (0..<Int(row.left[0])).map {
                SIMD2(Int32(row.left[1 + 2 * $0]), Int32(row.left[2 + 2 * $0]))
            }
            let found = try #require(RotatedRectangle(around: ConvexHull(points: points)))
            for point in points {
                let dx = Double(point.x) - found.center.x
                let dy = Double(point.y) - found.center.y
                let along = dx * found.direction.x + dy * found.direction.y
                let across = dy * found.direction.x - dx * found.direction.y
                #expect(abs(along) <= found.length / 2 + 1e-6)
                #expect(abs(across) <= found.breadth / 2 + 1e-6)
            }
        }
    }

    @Test func hullsOfFewPointsHaveNoArea() throws {
        #expect(RotatedRectangle(around: ConvexHull(points: [])) == nil)
        let point = try #require(RotatedRectangle(around: ConvexHull(points: [SIMD2(3, 4)])))
        #expect(point.length == 0 && point.breadth == 0 && point.margin(ratio: 1.6) == 0)
        let line = ConvexHull(points: [SIMD2(0, 0), SIMD2(3, 3), SIMD2(9, 9), SIMD2(9, 9)])
        #expect(line.corners.count == 2)
        let flat = try #require(RotatedRectangle(around: line))
        #expect(abs(flat.length - 162.0.squareRoot()) < 1e-9 && abs(flat.breadth) < 1e-9)
    }

    @Test func hullOfASquareHasItsFourCorners() {
        let grid = (0..<25).map { SIMD2(Int32($0 % 5), Int32($0 / 5)) }
        let hull = ConvexHull(points: grid)
        #expect(hull.corners == [SIMD2(0, 0), SIMD2(4, 0), SIMD2(4, 4), SIMD2(0, 4)])
    }

    @Test func perspectiveMatchesTheReferenceSolution() throws {
        let rows = try Fixture("perspective.txt").rows
        #expect(rows.count == 40)
        for row in rows {
            let quad = quad(Array(row.left[2...]))
            let found = try #require(
                PerspectiveTransform(width: row.left[0], height: row.left[1], to: quad)
            )
            for corner in [(0.0, 0.0), (1, 0), (1, 1), (0, 1), (0.3, 0.6)] {
                let x = corner.0 * row.left[0]
                let y = corner.1 * row.left[1]
                let m = row.right
                let d = m[6] * x + m[7] * y + m[8]
                let point = found.apply(PixelPoint(x: x, y: y))
                #expect(abs(point.x - (m[0] * x + m[1] * y + m[2]) / d) < 0.01, "\(row)")
                #expect(abs(point.y - (m[3] * x + m[4] * y + m[5]) / d) < 0.01, "\(row)")
            }
        }
    }

    @Test(arguments: [
        [0.0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 10, 0, 20, 0, 30, 0],
        [0, 0, 10, 0, 10, 0, 0, 10],
        [0, 0, 10, 10, 10, 0, 0, 10],
        [0, 0, .nan, 0, 10, 10, 0, 10],
        [0, 0, .infinity, 0, 10, 10, 0, 10],
    ])
    func degenerateQuadsHaveNoTransform(numbers: [Double]) {
        #expect(PerspectiveTransform(width: 100, height: 48, to: quad(numbers)) == nil)
    }

    @Test func targetWithoutAreaHasNoTransform() {
        let square = quad([0, 0, 10, 0, 10, 10, 0, 10])
        #expect(PerspectiveTransform(width: 0, height: 48, to: square) == nil)
    }

    @Test func ordersCornersClockwiseFromTheUpperLeft() {
        let corners = [(0.0, 2.0), (10, 0), (11, 5), (1, 7)].map { PixelPoint(x: $0.0, y: $0.1) }
        for a in 0..<4 {
            for b in 0..<4 where b != a {
                for c in 0..<4 where c != a && c != b {
                    let shuffled = TextQuad(ordering: [
                        corners[a], corners[b], corners[c], corners[6 - a - b - c],
                    ])
                    #expect(shuffled.corners == corners)
                }
            }
        }
    }

    @Test func ordersADiamondWithoutCrossing() {
        let diamond = TextQuad(ordering: [
            PixelPoint(x: 5, y: 0), PixelPoint(x: 10, y: 5),
            PixelPoint(x: 5, y: 10), PixelPoint(x: 0, y: 5),
        ])
        #expect(PerspectiveTransform(width: 10, height: 10, to: diamond) != nil)
    }

    @Test func turnsHighRegionsAgainstTheClock() {
        let high = quad([0, 0, 20, 0, 20, 30, 0, 30])
        #expect(high.uprightForReading == quad([20, 0, 20, 30, 0, 30, 0, 0]))
        #expect(high.uprightForReading.width == 30)
        let nearly = quad([0, 0, 20, 0, 20, 29, 0, 29])
        #expect(nearly.uprightForReading == nearly)
        #expect(nearly.turnedByHalf == quad([20, 29, 0, 29, 0, 0, 20, 0]))
    }

    @Test func boundingBoxIsUprightAndClockwise() {
        let box = quad([0, 2, 10, 0, 11, 5, 1, 7]).boundingBox
        #expect(box == quad([0, 0, 11, 0, 11, 7, 0, 7]))
    }
}

/// A quadrilateral of eight numbers.
func quad(_ n: [Double]) -> TextQuad {
    TextQuad(
        topLeft: PixelPoint(x: n[0], y: n[1]),
        topRight: PixelPoint(x: n[2], y: n[3]),
        bottomRight: PixelPoint(x: n[4], y: n[5]),
        bottomLeft: PixelPoint(x: n[6], y: n[7])
    )
}
