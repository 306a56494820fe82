package import DeviceClient
package import DeviceProtocol
package import MediaClient
internal import OCRPipeline
internal import Pixels
internal import POSIX
package import ServiceKit

/// Reads text in images: decoded by the media helpers, run by the model's engine, and everything in
/// between by the pure algorithms of `OCRPipeline`.
///
/// Pixels never come here: helpers write tensors into the buffers that the engine reads.
package struct PageReader: Sendable {
    private let device: DeviceClient
    private let media: MediaPool
    private let buffers: BufferPool
    private let model: String
    private let limits: DetectionLimits
    private let pixelLimit: Int
    private let decoders = DecoderCache()

    /// Creates a reader.
    ///
    /// - Parameters:
    ///   - device: The way to the engine.
    ///   - media: The way to pixels.
    ///   - buffers: Where tensors lie.
    ///   - settings: The model and the limits.
    package init(
        device: DeviceClient,
        media: MediaPool,
        buffers: BufferPool,
        settings: OCRSettings
    ) {
        self.device = device
        self.media = media
        self.buffers = buffers
        model = settings.model
        limits = DetectionLimits(maxImageSide: settings.longestSide)
        pixelLimit = settings.pixelLimit
    }

    /// Reads one image.
    ///
    /// - Parameters:
    ///   - image: The encoded image.
    ///   - options: How it is read.
    ///   - claim: For whom, and how urgently.
    ///   - deadline: How long it may wait for the device.
    /// - Returns: What was read, and where the time went.
    /// - Throws: `MediaError`, `DeviceError`, `PipelineError`, `CancellationError`.
    package func read(
        _ image: ImageInput,
        _ options: ReadingOptions,
        _ claim: RequestClaim,
        _ deadline: Duration?
    ) async throws -> (PageReading, ReadingTimes) {
        let started = MonotonicTime.now
        return try await media.withImage(
            image.buffer,
            count: image.count,
            maximumPixels: pixelLimit
        ) { picture in
            let plan = DetectionPlan(
                imageWidth: picture.width,
                imageHeight: picture.height,
                limits: limits
            )
            let input = try buffers.take(plan.tensor.byteCount)
            try await picture.tensor(plan.tensor, into: input)
            let asked = MonotonicTime.now
            let result = try await device.withTicket(
                models: [model],
                ticketClass: claim.ticketClass,
                key: claim.key,
                subKey: claim.subKey,
                deadline: deadline
            ) { grant in
                var times = ReadingTimes()
                times.prepare = asked - started
                let waited = MonotonicTime.now - asked
                times.load = min(grant.loading, waited)
                times.queue = waited - times.load
                let session = PageSession(
                    grant: grant,
                    model: model,
                    picture: picture,
                    buffers: buffers,
                    decoders: decoders
                )
                let page = try await session.read(input, plan, options, &times)
                return (page, times)
            }
            buffers.giveBack(input)
            var times = result.1
            times.total = .now - started
            return (result.0, times)
        }
    }
}

extension DetectionPlan {
    /// The detection network's input.
    ///
    /// Its normalisation is that of the peer toolkit's configuration for these graphs: mean and
    /// deviation 0.5, channels blue first.
    var tensor: TensorSpec {
        TensorSpec(
            width: networkWidth,
            height: networkHeight,
            content: PixelRectangle(x: 0, y: padTop, width: contentWidth, height: contentHeight),
            normalisation: .textGraphs(fill: 0),
            kernel: contentWidth * 2 < imageWidth ? .area : .linear
        )
    }
}

extension Normalisation {
    /// What all three graphs expect.
    ///
    /// - Parameter fill: The grey level outside the picture, 0 to 255.
    static func textGraphs(fill: Float) -> Normalisation {
        Normalisation(
            order: .bgr,
            mean: [0.5, 0.5, 0.5],
            std: [0.5, 0.5, 0.5],
            fill: [fill, fill, fill]
        )
    }
}
