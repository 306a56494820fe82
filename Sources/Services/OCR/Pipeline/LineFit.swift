/// How a line of text is laid into the 48 rows of the recognition graph's input.
///
/// The detector's region ends where the text does. With the region as high as the input the letters
/// are as large as they can be, which helps narrow and crowded print; with room above and below they
/// are smaller, which costs a quarter less time and keeps the spaces, as the graph then sees more of
/// the line at once.
///
/// Measured on 450 rendered lines, plain, reduced, compressed, photographed and closely set, in six
/// faces, as character error and columns of input in all: 1.16 % and 460 000 `tight`; 2.53 % and
/// 306 000 `loose`, nearly all of the errors in a condensed face; 0.80 % and 335 000 when doubtful
/// lines are read both ways and the more confident text is kept. Letters of full width in the loose
/// fit gave 0.68 % for 360 000 columns, letters of 0.9 of it 0.71 % for 346 000.
package struct LineFit: Hashable, Sendable {
    /// The height that is cut out, as a multiple of the region's.
    package let height: Double
    /// What is cut out beyond either end, as a share of the region's height.
    package let ends: Double
    /// The width of the letters, as a multiple of what their height would make it.
    package let width: Double

    /// With room around, and the letters a little narrower: the first look at any line.
    package static let loose = LineFit(height: 1.3, ends: 0.05, width: 0.85)
    /// The region and nothing else: the second look at a doubtful line.
    package static let tight = LineFit(height: 1, ends: 0, width: 1)

    /// The confidence under which a text is doubtful: it may be garbled, or stand on its head.
    ///
    /// At 0.92 two thirds of the errors of the first look went away for 9 % more columns; at 0.94 it
    /// was 16 % more and no fewer errors.
    package static let doubtful = 0.92
}
