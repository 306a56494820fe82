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

    @Test func everyLineIsInOneBatchAndBatchesAreBounded() {
        let quads = (0..<50).map { line(Double(40 + $0 * 37 % 600), 20) }
        let plan = RecognitionPlan(quads, settings: RecognitionSettings(maxBatch: 4))
        let places = plan.batches.flatMap { $0.items.map(\.index) }
        #expect(places.sorted() == Array(0..<50))
        for batch in plan.batches {
            #expect((1...4).contains(batch.items.count))
            #expect(batch.items.map(\.index) == batch.items.map(\.index).sorted())
            #expect(batch.items.allSatisfy { $0.contentWidth <= batch.width })
        }
        #expect(plan.batches.map(\.width) == plan.batches.map(\.width).sorted())
        #expect(plan.unreadable.isEmpty)
    }

    @Test func highRegionsAreTurned() throws {
        let plan = RecognitionPlan([line(20, 200)])
        let item = try #require(plan.batches.first?.items.first)
        #expect(item.quad.width == 200 && item.contentWidth == 480)
    }

    @Test func regionsWithoutAreaAreReported() {
        let plan = RecognitionPlan([line(0, 0), line(100, 20), line(100, 0), line(0, 50)])
        #expect(plan.unreadable == [0, 2, 3])
        #expect(plan.batches.flatMap { $0.items.map(\.index) } == [1])
    }

    @Test func noRegionsNeedNoBatches() {
        #expect(RecognitionPlan([]).batches.isEmpty)
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
