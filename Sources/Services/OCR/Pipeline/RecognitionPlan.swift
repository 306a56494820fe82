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
///
/// Each line is a batch of its own: batches of any size were at most a tenth faster a line, and each
/// size is one more compilation.
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

    /// Creates settings.
    ///
    /// - Precondition: There is a width, they rise and are positive.
    /// - Parameter widths: Widths of the network's input, in pixels.
    package init(widths: [Int] = Self.defaultWidths) {
        precondition((widths.first ?? 0) > 0, "there is at least one positive width")
        precondition(zip(widths, widths.dropFirst()).allSatisfy(<), "widths rise")
        self.widths = widths
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
package struct RecognitionLine: Hashable, Sendable {
    /// The line's place in the list that was planned.
    package var index: Int
    /// The region to cut out, its upper edge where the text's is; sampled once, from the
    /// original image, with a cubic filter: anything softer blurs the spaces away.
    package var quad: TextQuad
    /// The width of the network's input, in pixels.
    package var width: Int
    /// How many columns from the left the resized line takes; the rest is zero.
    package var contentWidth: Int
}

/// How regions of an image go through the recognition graph, one by one.
package struct RecognitionPlan: Hashable, Sendable {
    /// The lines, narrow ones first: an engine prepares itself whenever the width changes.
    package let lines: [RecognitionLine]

    /// Plans the recognition of regions; those that have no area to sample, such as one clipped to
    /// a triangle's tip, are left out.
    ///
    /// - Parameters:
    ///   - quads: The regions, as `TextQuad.uprightForReading` returns them.
    ///   - indices: The places of the regions to be read.
    ///   - fit: How lines are laid into the graph's input.
    ///   - settings: The widths of that input.
    package init(
        _ quads: [TextQuad],
        of indices: some Sequence<Int>,
        fit: LineFit,
        settings: RecognitionSettings = RecognitionSettings()
    ) {
        let lines = indices.compactMap { index -> RecognitionLine? in
            let quad = quads[index].grown(height: fit.height, ends: fit.ends)
            guard PerspectiveTransform(width: 1, height: 1, to: quad) != nil else { return nil }
            let bucket = settings.bucket(ratio: fit.width * quad.width / quad.height)
            return RecognitionLine(
                index: index,
                quad: quad,
                width: bucket.width,
                contentWidth: bucket.contentWidth
            )
        }
        self.lines = lines.sorted { ($0.width, $0.index) < ($1.width, $1.index) }
    }
}
