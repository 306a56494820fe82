import OCRPipeline
import Testing

@Suite struct DBPostProcessorTests {
    /// A plan whose network has the image's own size.
    private func plain(_ width: Int, _ height: Int) -> DetectionPlan {
        DetectionPlan(
            imageWidth: width,
            imageHeight: height,
            limits: DetectionLimits(minShortSide: 32, widestRatio: 1000)
        )
    }

    private func find(
        _ map: [Float],
        _ width: Int,
        _ height: Int,
        _ settings: DetectionSettings = DetectionSettings()
    ) throws -> DetectionResult {
        try DBPostProcessor(settings).regions(map: map.span, plan: plain(width, height))
    }

    /// A map with rectangles of one value: columns and rows from, to (not included).
    private func map(
        _ width: Int,
        _ height: Int,
        _ boxes: [(x: Range<Int>, y: Range<Int>)],
        value: Float = 0.9
    ) -> [Float] {
        var map = [Float](repeating: 0, count: width * height)
        for box in boxes {
            for y in box.y {
                for x in box.x { map[y * width + x] = value }
            }
        }
        return map
    }

    @Test(arguments: ["straight", "small", "turned-10", "turned-minus-25", "upwards", "columns"])
    func findsTheRegionsThatThePeerToolkitFinds(name: String) throws {
        let picture = try Fixture("maps/\(name).pgm").picture
        let lines = try Fixture("maps/\(name).txt").lines
        let size = Fixture.numbers(lines[0][...])
        let plan = plain(Int(size[0]), Int(size[1]))
        #expect(plan.networkWidth == picture.width && plan.networkHeight == picture.height)
        let found = try DBPostProcessor().regions(map: picture.values.span, plan: plan).regions
        #expect(found.count == lines.count - 1)
        for line in lines.dropFirst() {
            let numbers = Fixture.numbers(line[...])
            let expected = quad(Array(numbers[1...]))
            // The toolkit cuts corners to whole pixels before and after growing; ours keeps fractions.
            let near = found.filter { distance($0.quad, expected) <= 1.9 }
            #expect(near.count == 1, "\(line)")
            #expect(near.allSatisfy { abs(Double($0.score) - numbers[0]) <= 0.03 }, "\(line)")
        }
    }

    /// The largest distance between like corners along one axis.
    private func distance(_ a: TextQuad, _ b: TextQuad) -> Double {
        zip(a.corners, b.corners).map { max(abs($0.x - $1.x), abs($0.y - $1.y)) }.max() ?? 0
    }

    @Test func anEmptyMapHasNoRegions() throws {
        let result = try find([Float](repeating: 0, count: 64 * 64), 64, 64)
        #expect(result == DetectionResult())
    }

    @Test func aFullMapIsOneRegion() throws {
        let result = try find([Float](repeating: 1, count: 96 * 64), 96, 64)
        #expect(result.regions.map(\.quad) == [quad([0, 0, 96, 0, 96, 64, 0, 64])])
        #expect(result.regions.map(\.score) == [1])
    }

    @Test(arguments: [(10..<11, 10..<11), (0..<64, 10..<11), (10..<11, 0..<64), (63..<64, 0..<1)])
    func whatIsThinnerThanTheMinimumIsNoRegion(x: Range<Int>, y: Range<Int>) throws {
        #expect(try find(map(64, 64, [(x, y)]), 64, 64) == DetectionResult())
    }

    @Test func growsARegionByItsMargin() throws {
        let result = try find(map(320, 64, [(100..<200, 20..<30)]), 320, 64)
        // 100 × 10 after the dilation: 1000 × 1.6 / 220.
        let margin = 16000.0 / 220 / 10
        let found = try #require(result.regions.first).quad
        #expect(abs(found.topLeft.x - (100 - margin)) < 1e-6)
        #expect(abs(found.topLeft.y - (20 - margin)) < 1e-6)
        #expect(abs(found.bottomRight.x - (200 + margin)) < 1e-6)
        #expect(abs(found.bottomRight.y - (30 + margin)) < 1e-6)
    }

    @Test func cornersJoinAndGapsOfTwoDivide() throws {
        let touching = map(64, 64, [(10..<20, 10..<20), (20..<30, 20..<30)])
        #expect(try find(touching, 64, 64, DetectionSettings(boxThreshold: 0.1)).regions.count == 1)
        let apart = map(64, 64, [(10..<20, 10..<20), (23..<33, 10..<20)])
        #expect(try find(apart, 64, 64).regions.count == 2)
    }

    @Test func aHoleIsNotARegionOfItsOwn() throws {
        var ring = map(64, 64, [(10..<40, 10..<40)])
        for y in 20..<30 {
            for x in 20..<30 { ring[y * 64 + x] = 0.2 }
        }
        #expect(try find(ring, 64, 64).regions.count == 1)
    }

    @Test func faintRegionsAreLeftOut() throws {
        let faint = map(64, 64, [(10..<40, 10..<40)], value: 0.45)
        #expect(try find(faint, 64, 64) == DetectionResult())
        let settings = DetectionSettings(boxThreshold: 0.3)
        #expect(try find(faint, 64, 64, settings).regions.count == 1)
    }

    @Test func valuesThatAreNotNumbersAreReported() throws {
        var bad = map(64, 64, [(10..<40, 10..<20), (10..<40, 40..<50)])
        bad[15 * 64 + 20] = .nan
        bad[3] = .nan
        bad[45 * 64 + 20] = .infinity
        let result = try find(bad, 64, 64)
        #expect(result.regions.isEmpty && result.invalid == 2)
        let all = try find([Float](repeating: .nan, count: 64 * 64), 64, 64)
        #expect(all.regions.isEmpty && all.invalid == 1)
    }

    @Test func regionsBeyondTheMaximumAreCounted() throws {
        var boxes: [(x: Range<Int>, y: Range<Int>)] = []
        for index in 0..<1200 {
            let (x, y) = (index % 40 * 16, index / 40 * 16)
            boxes.append((x + 4..<x + 11, y + 4..<y + 11))
        }
        let grid = map(640, 480, boxes)
        let result = try find(grid, 640, 480)
        #expect(result.regions.count == 1000 && result.omitted == 200 && result.isTruncated)
        let lowest = result.regions.map(\.quad.topLeft.y).max() ?? 0
        #expect(lowest < 25 * 16)
        let all = try find(grid, 640, 480, DetectionSettings(maxRegions: 5000))
        #expect(all.regions.count == 1200 && !all.isTruncated)
    }

    @Test func aMapOfAnotherSizeIsRefused() {
        let expected = PipelineError.wrongSize(what: "detection map", expected: 4096, actual: 4095)
        #expect(throws: expected) { try find([Float](repeating: 0, count: 4095), 64, 64) }
    }

    @Test func regionsOfAPaddedStripStayInTheImage() throws {
        let plan = DetectionPlan(imageWidth: 1600, imageHeight: 100)
        let (width, height) = (plan.networkWidth, plan.networkHeight)
        let strip = map(width, height, [(100..<900, plan.padTop..<(plan.padTop + 184))])
        let found = try DBPostProcessor().regions(map: strip.span, plan: plan).regions
        let box = try #require(found.first).quad
        #expect(box.topLeft.y == 0 && box.bottomRight.y == 100)
    }
}
