internal import DeviceProtocol
internal import HTTPService
internal import JSON
internal import LanguagePipeline
internal import LanguageService
internal import MediaClient
internal import MediaProtocol
internal import POSIX
internal import ServiceKit
internal import Text

/// A picture as the model gets it.
struct DevelopedPicture: Sendable {
    /// A file in base64.
    let base64: JSONText
    /// The size in which it came, upright, and in which it goes on.
    let size: (given: PictureSize, used: PictureSize)
    /// Fetching it, waiting for a place, decoding it, and resizing and encoding it again.
    var times = Times()

    /// How long the steps took.
    struct Times: Sendable {
        var fetching = Duration.zero
        var waiting = Duration.zero
        var decoding = Duration.zero
        var resizing = Duration.zero

        /// All of them.
        var sum: Duration { fetching + waiting + decoding + resizing }

        static func += (left: inout Times, right: Times) {
            left.fetching += right.fetching
            left.waiting += right.waiting
            left.decoding += right.decoding
            left.resizing += right.resizing
        }
    }
}

/// Makes of pictures as they come what the model gets.
///
/// The bytes of strangers are decoded in the media helpers and nowhere else: upright, as sRGB, in
/// front of white, no larger than the model can use, whole and undistorted. The engine is handed a
/// file that the helper has written.
struct PictureStudio: Sendable {
    let media: MediaPool
    let buffers: BufferPool
    let remote: RemotePictures
    let limits: PictureLimits
    /// Requests whose pictures are worked on.
    let places: TaskLimiter
    /// Pictures that are fetched, which takes longer.
    let fetches: TaskLimiter

    /// Pixels of a picture that is to be looked at in passing.
    private static let lowDetail = 512 * 512

    /// Develops the pictures of a request, one after the other.
    func develop(
        _ references: [PictureReference],
        for claim: RequestClaim
    ) async throws -> [DevelopedPicture] {
        var pictures: [DevelopedPicture] = []
        for reference in references { pictures.append(try await develop(reference, for: claim)) }
        return pictures
    }

    /// Develops a picture.
    ///
    /// - Throws: `HTTPError` when it is none, or too large, or may not be fetched; what media
    ///   helpers and queues refuse.
    func develop(
        _ reference: PictureReference,
        for claim: RequestClaim
    ) async throws -> DevelopedPicture {
        do {
            switch reference.source {
            case .inline(let text):
                // Four digits are three bytes: most that are too large need not be decoded.
                guard text.utf8.count / 4 * 3 <= limits.bytes + Self.surplus else {
                    throw tooLarge
                }
                return try await develop(reference, for: claim) {
                    try ImageInput(text: text, pool: buffers)
                }
            case .remote(let address):
                let asked = MonotonicTime.now
                return try await fetches.run(for: claim) { _ in
                    let bytes = try await remote.fetch(address, field: reference.field)
                    let fetched = MonotonicTime.now
                    var picture = try await develop(reference, for: claim) {
                        try ImageInput(bytes: bytes, pool: buffers)
                    }
                    picture.times.fetching = fetched - asked
                    return picture
                }
            }
        } catch let error as MediaError {
            throw Self.told(error, reference.field)
        } catch let error as HTTPError where error.status < 500 {
            throw Self.placed(error, reference.field)
        }
    }

    /// What a data URI may have in front of its digits.
    private static let surplus = 1024

    private func develop(
        _ reference: PictureReference,
        for claim: RequestClaim,
        _ read: () throws -> ImageInput
    ) async throws -> DevelopedPicture {
        let asked = MonotonicTime.now
        return try await places.run(for: claim) { _ in
            let began = MonotonicTime.now
            let input = try read()
            guard input.count <= limits.bytes else {
                buffers.giveBack(input.buffer)
                throw tooLarge
            }
            let budget =
                reference.detail == .low
                ? min(limits.budget, Self.lowDetail) : limits.budget
            let picture = try await media.withImage(
                input.buffer,
                count: input.count,
                maximumPixels: limits.pixels
            ) { image in
                let opened = MonotonicTime.now
                let given = PictureSize(width: image.width, height: image.height)
                let used = given.fitting(budget)
                let base64 = try await encode(image, used)
                var picture = DevelopedPicture(base64: base64, size: (given, used))
                picture.times.waiting = began - asked
                picture.times.decoding = opened - began
                picture.times.resizing = .now - opened
                return picture
            }
            buffers.giveBack(input.buffer)
            return picture
        }
    }

    /// The picture as a file of a size.
    private func encode(_ image: MediaImage, _ size: PictureSize) async throws -> JSONText {
        let encoding = MediaEncoding(
            format: .jpeg,
            quality: limits.quality,
            size: (size.width, size.height)
        )
        // No file that libjpeg writes of them is larger than the pixels and a head.
        let output = try buffers.take(size.width * size.height * 3 + Self.headLength)
        let count = try await image.encode(encoding, into: output)
        let bytes = unsafe [UInt8](output.memory.bytes[..<count])
        buffers.giveBack(output)
        return JSONText(Base64.encoded(bytes))
    }

    private static let headLength = 64 << 10

    // MARK: Refusals

    private var tooLarge: HTTPError {
        HTTPError(
            413,
            code: "image_too_large",
            "the picture has more than \(limits.bytes) bytes"
        )
    }

    /// What a client is told of a picture that cannot be used: too many pixels are a bad request here.
    private static func told(_ error: MediaError, _ field: String) -> HTTPError {
        let known = error.httpError
        guard known.status < 500 else { return known }
        return placed(HTTPError(400, code: known.code, known.message), field)
    }

    /// The error with the place of the picture.
    private static func placed(_ error: HTTPError, _ field: String) -> HTTPError {
        let isPlaced = error.message.hasPrefix("'\(field)'")
        var told = HTTPError(
            error.status,
            code: error.code,
            isPlaced ? error.message : "'\(field)': \(error.message)",
            retryAfter: error.retryAfter
        )
        told.field = field
        return told
    }
}

extension AnswerPreparation {
    /// What preparing pictures took, and what they were.
    ///
    /// - Parameter pictures: The pictures; without any, nothing was done.
    init(_ pictures: [DevelopedPicture]) {
        self.init()
        guard !pictures.isEmpty else { return }
        var times = DevelopedPicture.Times()
        for picture in pictures { times += picture.times }
        if times.fetching > .zero { timings.append(("fetch", times.fetching)) }
        timings += [
            ("wait", times.waiting), ("decode", times.decoding), ("resize", times.resizing),
        ]
        let sizes = pictures.map { "\($0.size.given)>\($0.size.used)" }
        notes = [
            ("images", "\(pictures.count)"), ("image_size", sizes.joined(separator: ",")),
        ]
    }
}
