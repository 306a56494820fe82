import Testing

@testable import VisionService

/// How large pictures go to the model.
struct PictureSizeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let given: PictureSize
        let budget: Int
        let used: PictureSize

        var testDescription: String { "\(given) in \(budget)" }

        init(_ given: (Int, Int), _ budget: Int, _ used: (Int, Int)) {
            self.given = PictureSize(width: given.0, height: given.1)
            self.budget = budget
            self.used = PictureSize(width: used.0, height: used.1)
        }
    }

    @Test(
        arguments: [
            Case((640, 480), 1_000_000, (640, 480)),
            Case((1000, 1000), 1_000_000, (1000, 1000)),
            Case((1920, 1080), 1_000_000, (1333, 750)),
            Case((1080, 1920), 1_000_000, (750, 1333)),
            Case((8000, 1000), 1_000_000, (2828, 353)),
            Case((1, 1), 1, (1, 1)),
            Case((8_000_000, 1), 1_000_000, (1_000_000, 1)),
            Case((1, 8_000_000), 1_000_000, (1, 1_000_000)),
        ]
    )
    func keepsProportionsWithinTheBudget(_ example: Case) {
        #expect(example.given.fitting(example.budget) == example.used)
    }

    @Test func neverHasMorePixelsThanItMay() {
        for width in stride(from: 1, through: 4000, by: 37) {
            for height in stride(from: 1, through: 2000, by: 41) {
                let given = PictureSize(width: width, height: height)
                let used = given.fitting(50_000)
                #expect(used.width * used.height <= 50_000)
                #expect(used.width <= width && used.height <= height)
                #expect(used.width >= 1 && used.height >= 1)
            }
        }
    }
}
