import Glibc
import OCRPipeline
import Testing

@Suite struct ReadingOrderTests {
    private func word(
        _ x: Double,
        _ y: Double,
        _ width: Double = 80,
        _ height: Double = 20
    )
        -> TextQuad
    {
        quad([x, y, x + width, y, x + width, y + height, x, y + height])
    }

    /// The same word after the page was turned about its corner.
    private func turned(_ word: TextQuad, degrees: Double) -> TextQuad {
        let (s, c) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
        let numbers = word.corners.flatMap { [$0.x * c - $0.y * s, $0.x * s + $0.y * c] }
        return quad(numbers)
    }

    @Test func readsRowsFromTheTopAndWordsFromTheLeft() {
        let words = [word(200, 52), word(0, 50), word(100, 3), word(0, 0), word(100, 47)]
        #expect(ReadingOrder(words).rows == [[3, 2], [1, 4, 0]])
        #expect(ReadingOrder(words).order == [3, 2, 1, 4, 0])
    }

    @Test(arguments: [-5.0, -2, 0, 2, 5])
    func straightensASlightlyTurnedPage(degrees: Double) {
        var words: [TextQuad] = []
        for row in 0..<10 {
            for column in 0..<8 {
                let place = word(Double(column) * 110, Double(row) * 30)
                words.append(turned(place, degrees: degrees))
            }
        }
        let expected = (0..<10).map { row in (0..<8).map { row * 8 + $0 } }
        #expect(ReadingOrder(words).rows == expected)
    }

    @Test func aHighRegionDoesNotCollectTheRowsBesideIt() {
        let words = [word(0, 0, 40, 200)] + (0..<5).map { word(100, Double($0) * 40) }
        let rows = ReadingOrder(words).rows
        #expect(rows.count == 5)
        #expect(rows.flatMap { $0 }.filter { $0 != 0 } == [1, 2, 3, 4, 5])
    }

    @Test func sharingLessThanHalfTheHeightIsAnotherRow() {
        #expect(ReadingOrder([word(0, 0), word(100, 9)]).rows == [[0, 1]])
        #expect(ReadingOrder([word(0, 0), word(100, 11)]).rows == [[0], [1]])
    }

    @Test func equalPlacesKeepTheirOrder() {
        #expect(ReadingOrder([word(0, 0), word(0, 0), word(0, 0)]).order == [0, 1, 2])
    }

    @Test func joinsTextsWithSingleSpaces() {
        let order = ReadingOrder([word(0, 50), word(100, 0), word(0, 0), word(0, 100)])
        let lines = order.lines(of: ["below", "there", "hello", ""])
        #expect(lines == ["hello there", "below"])
    }

    @Test func noRegionsHaveNoRows() {
        #expect(ReadingOrder([]).rows.isEmpty)
        #expect(ReadingOrder([]).lines(of: []).isEmpty)
    }
}
