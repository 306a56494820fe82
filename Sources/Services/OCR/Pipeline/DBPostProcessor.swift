/// What a region of a detection map must be like to count as text.
///
/// The defaults are those of the peer toolkits for the PP-OCRv4 detection graph.
package struct DetectionSettings: Hashable, Sendable {
    /// The value above which a pixel of the map belongs to text, 0 to 1.
    package var threshold: Float
    /// The mean of the map that a region needs, 0 to 1.
    package var boxThreshold: Float
    /// How far regions grow: the margin is this times area over perimeter.
    package var unclipRatio: Double
    /// The shortest side before growing, in pixels of the map; two more are needed after it.
    package var minSide: Double
    /// How many regions an answer holds; those found first from the top are kept.
    package var maxRegions: Int

    /// Creates settings.
    ///
    /// - Parameters:
    ///   - threshold: The value above which a pixel of the map belongs to text.
    ///   - boxThreshold: The mean of the map that a region needs.
    ///   - unclipRatio: How far regions grow, in terms of area over perimeter.
    ///   - minSide: The shortest side before growing, in pixels of the map.
    ///   - maxRegions: How many regions an answer holds.
    package init(
        threshold: Float = 0.3,
        boxThreshold: Float = 0.5,
        unclipRatio: Double = 1.6,
        minSide: Double = 3,
        maxRegions: Int = 1000
    ) {
        self.threshold = threshold
        self.boxThreshold = boxThreshold
        self.unclipRatio = unclipRatio
        self.minSide = minSide
        self.maxRegions = maxRegions
    }
}

/// A region of text that was found in an image.
package struct DetectedRegion: Hashable, Sendable {
    /// Where it is, in pixels of the image.
    package var quad: TextQuad
    /// How sure the detector is: the mean of the map in the region, 0 to 1.
    package var score: Float

    /// Creates a region.
    ///
    /// - Parameters:
    ///   - quad: Where it is, in pixels of the image.
    ///   - score: How sure the detector is, 0 to 1.
    package init(quad: TextQuad, score: Float) {
        self.quad = quad
        self.score = score
    }
}

/// The regions of text in an image.
package struct DetectionResult: Hashable, Sendable {
    /// The regions, roughly from top to bottom; see `ReadingOrder` for a better order.
    package var regions: [DetectedRegion] = []
    /// How many regions were found beyond `maxRegions` and left out.
    package var omitted = 0
    /// How many candidates held values that are not finite and were left out.
    ///
    /// Anything but 0 means that the engine returned garbage: say so instead of "no text".
    package var invalid = 0

    /// Creates a result without regions.
    package init() {}

    /// Whether there was more text than `maxRegions` regions.
    package var isTruncated: Bool { omitted > 0 }
}

/// Finds the regions of text in the output of a differentiable-binarisation (DB) detector.
///
/// 1. Every pixel above the threshold is marked, and marks grow right and down by one;
/// 2. connected marks make an area, whose convex hull has a smallest rectangle around it;
/// 3. the rectangle's short side and its mean in the map must reach their minimum;
/// 4. the rectangle grows by a margin, because the network marks text shrunk;
/// 5. its corners go to the image, are clipped there and ordered; slivers are dropped.
///
/// Corners keep their fractions: rounding them would tilt a crop by up to a pixel.
package struct DBPostProcessor: Sendable {
    /// The shortest side of a region in the image, in pixels; what is thinner cannot be read.
    package static let minImageSide = 4.0

    private let settings: DetectionSettings

    /// Creates a post-processor.
    ///
    /// - Parameter settings: What a region must be like.
    package init(_ settings: DetectionSettings = DetectionSettings()) {
        self.settings = settings
    }

    /// Finds the regions in a map.
    ///
    /// Blocks for about 0.3 ms a megapixel of text, and 20 ms a megapixel of pure noise.
    ///
    /// - Parameters:
    ///   - map: The network's output, row by row.
    ///   - plan: How the image became the network's input.
    /// - Returns: The regions in the image.
    /// - Throws: `PipelineError.wrongSize` if the map has not one value for each pixel of the plan.
    /// - Complexity: Linear in the pixels of the map.
    package func regions(
        map: Span<Float>,
        plan: DetectionPlan
    ) throws(PipelineError) -> DetectionResult {
        let (width, height) = (plan.networkWidth, plan.networkHeight)
        guard map.count == width * height else {
            throw .wrongSize(what: "detection map", expected: width * height, actual: map.count)
        }
        let mask = TextMask(map: map, width: width, height: height, threshold: settings.threshold)
        let components = TextComponents(mask)
        let scorer = BoxScore(width: width, height: height)
        var result = DetectionResult()
        for area in components.areas {
            let hull = ConvexHull(runs: components.runs[area])
            guard let rectangle = RotatedRectangle(around: hull),
                rectangle.shortSide >= settings.minSide
            else { continue }
            let score = scorer.mean(of: map, in: rectangle)
            guard score.isFinite else {
                result.invalid += 1
                continue
            }
            guard score >= settings.boxThreshold, let quad = quad(around: rectangle, plan: plan)
            else { continue }
            if result.regions.count < settings.maxRegions {
                result.regions.append(DetectedRegion(quad: quad, score: score))
            } else {
                result.omitted += 1
            }
        }
        return result
    }

    private func quad(around kernel: RotatedRectangle, plan: DetectionPlan) -> TextQuad? {
        let grown = kernel.grown(by: kernel.margin(ratio: settings.unclipRatio))
        guard grown.shortSide >= settings.minSide + 2 else { return nil }
        let corners = grown.corners
        let quad = TextQuad(ordering: [
            plan.imagePoint(corners[0]), plan.imagePoint(corners[1]),
            plan.imagePoint(corners[2]), plan.imagePoint(corners[3]),
        ])
        let upper = quad.topLeft.distance(to: quad.topRight)
        let left = quad.topLeft.distance(to: quad.bottomLeft)
        return min(upper, left) >= Self.minImageSide ? quad : nil
    }
}
