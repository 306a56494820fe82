/// What the lines of a page say, as far as they were read.
///
/// Of several readings of a line the most confident one stays.
package struct LineTexts: Hashable, Sendable {
    /// The texts by line; empty with a confidence of 0 where nothing was read.
    package private(set) var texts: [RecognizedText]
    /// The lines whose text stands on its head.
    package private(set) var turned: Set<Int> = []
    private var isRead: [Bool]

    /// Knows nothing yet.
    ///
    /// - Parameter count: How many lines there are.
    package init(count: Int) {
        texts = Array(repeating: RecognizedText(text: "", confidence: 0), count: count)
        isRead = Array(repeating: false, count: count)
    }

    /// Takes note of a reading.
    ///
    /// - Parameters:
    ///   - text: What was read.
    ///   - line: In which line.
    ///   - turned: Whether the line was turned by a half for it.
    package mutating func note(_ text: RecognizedText, of line: Int, turned isTurned: Bool) {
        guard !isRead[line] || text.confidence > texts[line].confidence else { return }
        isRead[line] = true
        texts[line] = text
        if isTurned { turned.insert(line) } else { turned.remove(line) }
    }

    /// The lines that were read with some doubt, in order.
    package var doubtful: [Int] {
        read.filter { texts[$0].confidence < LineFit.doubtful }
    }

    /// The lines that were read beyond doubt, in order.
    package var certain: [Int] {
        read.filter { texts[$0].confidence >= LineFit.doubtful }
    }

    private var read: [Int] { texts.indices.filter { isRead[$0] } }
}
