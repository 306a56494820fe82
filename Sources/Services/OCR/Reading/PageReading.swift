internal import OCRPipeline

/// One region of text, as it is reported.
package struct ReadRegion: Sendable, Hashable {
    /// What it says; empty when only detection was asked for.
    package var text: String
    /// How sure that is, 0 to 1: of the text, or of the region when it was not read.
    package var confidence: Double
    /// Its corners, clockwise from the top left of the text, in pixels of the upright image.
    package var polygon: [PagePoint]
    /// The axis-aligned box around it, clockwise from the top left.
    package var box: [PagePoint]
    /// Whether it stood on its head.
    package var isTurned: Bool
    /// The row of the page that it belongs to, from 0.
    package var line: Int
}

/// A place in an image, in pixels from the top left corner.
package struct PagePoint: Sendable, Hashable {
    /// Pixels from the left.
    package let x: Double
    /// Pixels from the top.
    package let y: Double

    init(_ point: PixelPoint) {
        x = point.x
        y = point.y
    }
}

/// What was read in one image.
package struct PageReading: Sendable, Hashable {
    /// Columns of the upright image.
    package var width: Int
    /// Rows of the upright image.
    package var height: Int
    /// The regions in reading order.
    package var regions: [ReadRegion]
    /// The rows of the page, each joined with spaces.
    package var lines: [String]
    /// Whether there were more regions than are read.
    package var isTruncated: Bool

    /// The whole text, regions joined with spaces.
    package var text: String {
        regions.map(\.text).filter { !$0.isEmpty }.joined(separator: " ")
    }
}

/// Where the time of one reading went.
package struct ReadingTimes: Sendable, Hashable {
    /// Decoding and resizing.
    package var prepare: Duration = .zero
    /// Waiting for the device, while it worked for others.
    package var queue: Duration = .zero
    /// Waiting for the model to be loaded.
    package var load: Duration = .zero
    /// Finding regions, on the device and after it.
    package var detection: Duration = .zero
    /// Turning and reading, on the device and after it.
    package var recognition: Duration = .zero
    /// Device time of all graphs together.
    package var device: Duration = .zero
    /// Everything.
    package var total: Duration = .zero

    /// All zero.
    package init() {}
}
