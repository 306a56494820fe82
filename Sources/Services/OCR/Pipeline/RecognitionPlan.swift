/// The sizes in which text lines are given to the recognition graph.
///
/// A line is resized to 48 rows, the graph's height, keeping its proportions, and padded with zeros
/// (mid grey after normalisation) on the right to the width of a bucket. The graph takes any width,
/// so two costs decide the list:
/// - every new width costs its engine a compilation once (45 to 90 ms and 8 MB in OpenVINO), so
///   the widths are few and fixed and a line's width depends on nothing but its own proportions;
/// - padding costs time in proportion, and accuracy: the graph loses spaces. On 200 rendered lines
///   the character error was 2.7 % with no padding and about twice that with as much padding as
///   text; stretching lines to fill a bucket cost more still (4.2 % at a fifth wider).
///
/// With steps of 15 % padding is a twentieth of all columns; a line whose width is up to a
/// twenty-fifth over a bucket is squeezed into it, which costs nothing measurable, and then is not
/// padded at all. (Pages of lines sorted by width and padded in sixes to the widest, as the peer
/// toolkit does, had 3.3 % errors where this had 2.9 %, and took a sixth more columns.) No step in
/// the padding ever produced a character, so the decoder reads all steps.
package struct RecognitionSettings: Hashable, Sendable {
    /// The height of the recognition graph's input, in pixels.
    package static let height = 48
    /// The share by which a line may be wider than a bucket and still be squeezed into it.
    package static let squeeze = 0.04
    /// The narrowest bucket that squeezes, in pixels; short lines have no letter to spare.
    package static let narrowestSqueezed = 320

    /// Widths of the network's input, in pixels, in rising order; a longer line is squeezed into
    /// the last one, which is 98 times wider than high by default.
    package var widths: [Int]
    /// How many lines share a batch at most.
    package var maxBatch: Int

    /// Creates settings.
    ///
    /// - Precondition: There is a width, they rise and are positive, and `maxBatch` is positive.
    /// - Parameters:
    ///   - widths: Widths of the network's input, in pixels.
    ///   - maxBatch: How many lines share a batch at most. One is best on a CPU: batches of any
    ///     size were at most a tenth faster a line, and each size is one more compilation.
    package init(widths: [Int] = Self.defaultWidths, maxBatch: Int = 1) {
        precondition(maxBatch > 0, "a batch holds at least one line")
        precondition((widths.first ?? 0) > 0, "there is at least one positive width")
        precondition(zip(widths, widths.dropFirst()).allSatisfy(<), "widths rise")
        self.widths = widths
        self.maxBatch = maxBatch
    }

    /// Multiples of 32 in steps of at least 15 %, from two letters to the longest lines.
    package static let defaultWidths = [
        96, 128, 160, 192, 224, 288, 352, 416, 480, 576, 672, 800, 928, 1088, 1280, 1472, 1696,
        1952, 2272, 2624, 3040, 3520, 4064, 4704,
    ]

    /// The bucket of a line.
    ///
    /// - Parameter ratio: The line's width divided by its height; positive.
    /// - Returns: The network's width, and how much of it from the left the resized line takes.
    package func bucket(ratio: Double) -> (width: Int, contentWidth: Int) {
        let last = widths[widths.count - 1]
        // Compared before the conversion, since a sliver's ratio may exceed any integer.
        let exact = (Double(Self.height) * ratio).rounded(.up)
        guard exact < Double(last) else { return (last, last) }
        let content = max(1, Int(exact))
        let above = widths.firstIndex { $0 >= content } ?? widths.count - 1
        if above > 0, widths[above] > content {
            let below = widths[above - 1]
            if below >= Self.narrowestSqueezed,
                Double(content - below) <= Self.squeeze * Double(content)
            {
                return (below, below)
            }
        }
        return (widths[above], content)
    }
}

/// One line of text as the recognition graph gets it.
package struct RecognitionItem: Hashable, Sendable {
    /// The line's place in the list that was planned.
    package var index: Int
    /// The region to cut out, its upper edge where the text's is; see `TextQuad.transform`.
    package var quad: TextQuad
    /// How many columns from the left the resized line takes; the rest is zero.
    package var contentWidth: Int
}

/// Lines of one width that go through the network together.
package struct RecognitionBatch: Hashable, Sendable {
    /// The width of the network's input, in pixels.
    package var width: Int
    /// The lines, in order of their index; never empty.
    package var items: [RecognitionItem]
}

/// How the regions of an image go through the recognition graph.
package struct RecognitionPlan: Hashable, Sendable {
    /// The batches, narrow ones first; each line is in exactly one.
    package private(set) var batches: [RecognitionBatch] = []
    /// The places of regions that have no area to sample, such as one clipped to a triangle's tip.
    package private(set) var unreadable: [Int] = []

    /// Plans the recognition of regions.
    ///
    /// Regions that are much higher than wide are turned first (`TextQuad.uprightForReading`); a
    /// later turn by a half keeps the plan valid, as it keeps the proportions.
    ///
    /// - Parameters:
    ///   - quads: The regions, in any order.
    ///   - settings: Widths and batch size.
    package init(_ quads: [TextQuad], settings: RecognitionSettings = RecognitionSettings()) {
        var lines: [Int: [RecognitionItem]] = [:]
        for (index, region) in quads.enumerated() {
            let quad = region.uprightForReading
            let (width, height) = (quad.width, quad.height)
            guard PerspectiveTransform(width: 1, height: 1, to: quad) != nil else {
                unreadable.append(index)
                continue
            }
            let bucket = settings.bucket(ratio: width / height)
            let item = RecognitionItem(
                index: index,
                quad: quad,
                contentWidth: bucket.contentWidth
            )
            lines[bucket.width, default: []].append(item)
        }
        for width in settings.widths {
            let items = lines[width] ?? []
            for start in stride(from: 0, to: items.count, by: settings.maxBatch) {
                let end = min(start + settings.maxBatch, items.count)
                batches.append(RecognitionBatch(width: width, items: Array(items[start..<end])))
            }
        }
    }
}
