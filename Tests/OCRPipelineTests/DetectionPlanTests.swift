import OCRPipeline
import Testing

@Suite struct DetectionPlanTests {
    @Test func arrivesAtTheSizesOfThePeerToolkit() throws {
        let rows = try Fixture("sizes.txt").rows
        #expect(rows.count == 20)
        for row in rows {
            let plan = DetectionPlan(imageWidth: Int(row.left[0]), imageHeight: Int(row.left[1]))
            let pixels = row.right[0] * row.right[1]
            if pixels <= 2000 * 2000 {
                let size = [Double(plan.networkWidth), Double(plan.networkHeight)]
                #expect(size == row.right, "image \(row.left)")
            } else {
                // The toolkit knows no bound; ours keeps to the pixels of the largest square.
                #expect(plan.networkWidth * plan.networkHeight < 2000 * 2000 + 32 * 8000)
                #expect(Double(plan.networkHeight) > 0.9 * row.right[1])
            }
        }
    }

    @Test(arguments: [
        (1, 1), (1, 5000), (5000, 1), (3, 2), (100_000, 100_000), (31, 33), (2000, 5),
    ])
    func staysWithinItsBoundsForAnyImage(width: Int, height: Int) {
        let plan = DetectionPlan(imageWidth: width, imageHeight: height)
        #expect(plan.networkWidth % 32 == 0 && plan.networkWidth >= 32)
        #expect(plan.networkHeight % 32 == 0 && plan.networkHeight >= 32)
        #expect(plan.networkWidth * plan.networkHeight <= 4_600_000)
        #expect(plan.contentWidth == plan.networkWidth)
        #expect(plan.contentHeight >= 1 && plan.padTop >= 0)
        #expect(plan.padTop + plan.contentHeight <= plan.networkHeight)
    }

    @Test func padsAStripAboveAndBelow() {
        let plan = DetectionPlan(imageWidth: 1600, imageHeight: 100)
        #expect(plan.networkHeight == 736)
        #expect(plan.contentHeight == 184)
        #expect(plan.padTop == 276)
    }

    @Test func doesNotPadAnImageOfOrdinaryShape() {
        let plan = DetectionPlan(imageWidth: 1000, imageHeight: 1400)
        #expect(plan.padTop == 0 && plan.contentHeight == 1408 && plan.contentWidth == 992)
    }

    @Test func mapsTheCornersOfTheContentToThoseOfTheImage() {
        let plan = DetectionPlan(imageWidth: 1600, imageHeight: 100)
        let top = Double(plan.padTop)
        let end = PixelPoint(x: Double(plan.networkWidth), y: top + Double(plan.contentHeight))
        #expect(plan.imagePoint(PixelPoint(x: 0, y: top)) == PixelPoint(x: 0, y: 0))
        #expect(plan.imagePoint(end) == PixelPoint(x: 1600, y: 100))
    }

    @Test func movesPointsOfThePaddingToTheEdge() {
        let plan = DetectionPlan(imageWidth: 1600, imageHeight: 100)
        #expect(plan.imagePoint(PixelPoint(x: -9, y: 0)) == PixelPoint(x: 0, y: 0))
        #expect(plan.imagePoint(PixelPoint(x: 1e9, y: 1e9)) == PixelPoint(x: 1600, y: 100))
    }

    @Test func reducesToTheConfiguredSide() {
        let limits = DetectionLimits(maxImageSide: 960, minShortSide: 640)
        let plan = DetectionPlan(imageWidth: 4096, imageHeight: 4096, limits: limits)
        #expect(plan.networkWidth == 960 && plan.networkHeight == 960)
    }
}
