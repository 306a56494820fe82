import OCRPipeline
import Testing

@Suite struct RecognitionPlanTests {
    private func line(_ width: Double, _ height: Double) -> TextQuad {
        quad([0, 0, width, 0, width, height, 0, height])
    }

    @Test(arguments: [
        (1.0, 96, 48), (2.0, 96, 96), (2.01, 128, 97), (0.001, 96, 1), (7.0, 352, 336),
        (10.0, 480, 480), (10.2, 480, 480), (10.5, 576, 504), (97.0, 4704, 4656),
        (98.0, 4704, 4704), (500.0, 4704, 4704), (.infinity, 4704, 4704),
    ])
    func aLineGoesToTheBucketOfItsProportions(ratio: Double, width: Int, content: Int) {
        let bucket = RecognitionSettings().bucket(ratio: ratio)
        #expect(bucket.width == width && bucket.contentWidth == content)
    }

    @Test func shortLinesAreNeverSqueezed() {
        #expect(RecognitionSettings().bucket(ratio: 6.02).contentWidth == 289)
        #expect(RecognitionSettings().bucket(ratio: 6.02).width == 352)
    }

    @Test func noLineIsSqueezedByMoreThanItsShareOrPaddedByMuch() {
        let settings = RecognitionSettings()
        for step in 80..<9800 {
            let ratio = Double(step) / 100
            let bucket = settings.bucket(ratio: ratio)
            let exact = (48 * ratio).rounded(.up)
            #expect(bucket.contentWidth <= bucket.width)
            #expect(exact - Double(bucket.contentWidth) <= 0.04 * exact)
            if exact > 320 { #expect(Double(bucket.width) <= 1.2 * exact) }
        }
    }

    @Test func everyWantedLineIsPlannedOnceAndNarrowOnesComeFirst() {
        let quads = (0..<50).map { line(Double(40 + $0 * 37 % 600), 20) }
        let lines = RecognitionPlan(quads, of: 10..<50, fit: .tight).lines
        #expect(lines.map(\.index).sorted() == Array(10..<50))
        #expect(lines.map(\.width) == lines.map(\.width).sorted())
        #expect(lines.allSatisfy { $0.contentWidth <= $0.width })
    }

    @Test func aLooseFitHasRoomAroundAndNarrowerLetters() throws {
        let line = try #require(
            RecognitionPlan([line(400, 20)], of: [0], fit: .loose).lines.first
        )
        let (start, end) = (line.quad.topLeft, line.quad.bottomRight)
        #expect(abs(start.y + 3) < 1e-9 && abs(end.y - 23) < 1e-9)
        #expect(abs(start.x + 1) < 1e-9 && abs(end.x - 401) < 1e-9)
        // 48 rows × 402 / 26 × 0.85 = 630.8 columns.
        #expect(line.contentWidth == 631 && line.width == 672)
    }

    @Test func roomIsAddedWhereverTheTextPoints() {
        let sloping = quad([0, 0, 40, 30, 34, 38, -6, 8])
        let larger = sloping.grown(height: 1.5, ends: 0.2)
        #expect(abs(larger.height - 15) < 1e-9 && abs(larger.width - 54) < 1e-9)
        #expect(sloping.grown(height: 1, ends: 0) == sloping)
        let turned = sloping.turnedByHalf.grown(height: 1.5, ends: 0.2).turnedByHalf
        for (a, b) in zip(turned.corners, larger.corners) { #expect(a.distance(to: b) < 1e-9) }
    }

    @Test func regionsWithoutAreaAreLeftOut() {
        let quads = [line(0, 0), line(100, 20), line(100, 0), line(0, 50)]
        #expect(RecognitionPlan(quads, of: quads.indices, fit: .tight).lines.map(\.index) == [1])
        #expect(RecognitionPlan(quads, of: quads.indices, fit: .loose).lines.map(\.index) == [1])
    }

    @Test(arguments: [(200.0, 20.0, 192), (40, 20, 96), (1, 400, 1), (79, 20, 190), (0, 0, 1)])
    func directionInputKeepsProportions(width: Double, height: Double, content: Int) {
        #expect(DirectionPlan(line(width, height)).contentWidth == content)
    }

    @Test func onlyASureDirectionTurnsALine() {
        #expect(DirectionPlan.shouldTurn(upright: 0.05, upsideDown: 0.95))
        #expect(!DirectionPlan.shouldTurn(upright: 0.1, upsideDown: 0.9))
        #expect(!DirectionPlan.shouldTurn(upright: 0.95, upsideDown: 0.05))
        #expect(!DirectionPlan.shouldTurn(upright: .nan, upsideDown: .nan))
    }
}
