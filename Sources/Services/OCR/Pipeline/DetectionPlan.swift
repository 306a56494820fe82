/// How large an image the text detector sees.
///
/// The numbers are those of the PP-OCRv4 detection graph as it is commonly run: trained for
/// pictures whose short side is 736 pixels, and fully convolutional with a stride of 32.
package struct DetectionLimits: Hashable, Sendable {
    /// The longest side that an image keeps, in pixels; a larger image is reduced to it.
    ///
    /// Its square is also the most pixels that the network is given, apart from rounding.
    package var maxImageSide: Int
    /// The side, in pixels, to which the short side of a smaller image is raised.
    package var minShortSide: Int
    /// How many times wider than high an image may be before it is padded above and below.
    package var widestRatio: Double

    /// Creates limits.
    ///
    /// - Precondition: Every value is positive.
    /// - Parameters:
    ///   - maxImageSide: The longest side that an image keeps, in pixels.
    ///   - minShortSide: The side to which a smaller short side is raised, in pixels.
    ///   - widestRatio: The ratio of width to height above which an image is padded.
    package init(maxImageSide: Int = 2000, minShortSide: Int = 736, widestRatio: Double = 8) {
        precondition(
            maxImageSide > 0 && minShortSide > 0 && widestRatio > 0,
            "detection limits are positive"
        )
        self.maxImageSide = maxImageSide
        self.minShortSide = minShortSide
        self.widestRatio = widestRatio
    }
}

/// How an image becomes the input of the text detector, and how its output is read back.
///
/// The image is resized to `contentWidth` × `contentHeight` and placed `padTop` rows below the
/// upper edge of a black picture of `networkWidth` × `networkHeight`. The width is never padded.
/// Both scales differ a little, because the network takes multiples of 32 only.
///
/// Steps, all of them computed and only the last performed, so that an image is resampled once:
/// 1. a long side above `maxImageSide` is reduced to it;
/// 2. a short side under 32 is raised to that, as far as `maxImageSide` allows;
/// 3. an image wider than `widestRatio` times its height gets rows above and below, to a quarter
///    (twice the inverse of the ratio) of its width: one thin line fills the view otherwise;
/// 4. a short side under `minShortSide` is raised to it. The long side may grow past
///    `maxImageSide` here, as small print in a strip needs it, but the pixels of the network stay
///    within the square of `maxImageSide`, which a square image would cost as well;
/// 5. both sides are rounded to the nearest multiple of 32.
package struct DetectionPlan: Hashable, Sendable {
    /// The network takes multiples of this many pixels, its total stride.
    package static let stride = 32

    /// The width of the image, in pixels.
    package let imageWidth: Int
    /// The height of the image, in pixels.
    package let imageHeight: Int
    /// The width to which the image is resized, in pixels; always `networkWidth`.
    package let contentWidth: Int
    /// The height to which the image is resized, in pixels.
    package let contentHeight: Int
    /// Black rows above the resized image.
    package let padTop: Int
    /// The width of the network's input and output, in pixels; a multiple of 32.
    package let networkWidth: Int
    /// The height of the network's input and output, in pixels; a multiple of 32.
    package let networkHeight: Int

    /// Plans the detection of text in an image.
    ///
    /// - Precondition: Both sides are positive.
    /// - Parameters:
    ///   - imageWidth: The width of the image after its orientation is applied, in pixels.
    ///   - imageHeight: The height of the image after its orientation is applied, in pixels.
    ///   - limits: How large an image the detector sees.
    package init(imageWidth: Int, imageHeight: Int, limits: DetectionLimits = DetectionLimits()) {
        precondition(imageWidth > 0 && imageHeight > 0, "an image has at least one pixel")
        let limit = Double(limits.maxImageSide)
        let stride = Double(Self.stride)
        var width = Double(imageWidth)
        var height = Double(imageHeight)

        let reduction = min(1, limit / max(width, height))
        let raise = max(
            1,
            min(stride / (min(width, height) * reduction), limit / max(width, height))
        )
        width *= reduction * raise
        height *= reduction * raise

        var padded = height
        if width > height * limits.widestRatio {
            padded = max(height, 2 * width / limits.widestRatio)
        }
        let enlargement = min(
            max(1, Double(limits.minShortSide) / min(width, padded)),
            max(1, limit / (width * padded).squareRoot())
        )
        let network = (Self.rounded(width * enlargement), Self.rounded(padded * enlargement))
        let content = (Double(network.1) * height / padded).rounded()

        self.imageWidth = imageWidth
        self.imageHeight = imageHeight
        contentWidth = network.0
        contentHeight = min(max(1, Int(content)), network.1)
        padTop = (network.1 - contentHeight) / 2
        networkWidth = network.0
        networkHeight = network.1
    }

    /// Translates a position of the network's output into one of the image.
    ///
    /// - Parameter point: A position in the network's output, in pixels.
    /// - Returns: The position in the image, in pixels, moved to the nearest edge if outside.
    package func imagePoint(_ point: PixelPoint) -> PixelPoint {
        let x = point.x * Double(imageWidth) / Double(contentWidth)
        let y = (point.y - Double(padTop)) * Double(imageHeight) / Double(contentHeight)
        return PixelPoint(
            x: min(max(x, 0), Double(imageWidth)),
            y: min(max(y, 0), Double(imageHeight))
        )
    }

    /// The nearest multiple of the stride to a length, at least one stride.
    private static func rounded(_ length: Double) -> Int {
        // The fraction of a pixel is dropped and a half rounds to even, so that the sizes are the
        // ones that other users of the graph arrive at and their results can be compared.
        let steps = (length.rounded(.down) / Double(stride)).rounded(.toNearestOrEven)
        return max(1, Int(steps)) * stride
    }
}
