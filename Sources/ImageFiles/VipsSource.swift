internal import CVips
package import MediaProtocol
package import Pixels

/// An encoded image in memory, read by libvips.
///
/// The bytes belong to the caller and stay in place while this value lives.
@safe
package struct VipsSource: ~Copyable {
    /// The container's name: "jpeg", "png", "webp", "tiff" or "gif".
    package let format: String
    /// Columns when upright.
    package let width: Int
    /// Rows when upright.
    package let height: Int
    /// The EXIF orientation, 1 to 8.
    package let orientation: Int

    private let source: OpaquePointer

    /// Starts libvips for this process; call before anything else here.
    ///
    /// - Returns: Whether it started.
    package static func start() -> Bool { media_vips_start() == 0 }

    /// Reads the header; decodes nothing.
    ///
    /// - Parameter bytes: The file.
    /// - Throws: `MediaError` with `unsupportedImage` or `invalidImage`.
    package init(_ bytes: UnsafeRawBufferPointer) throws(MediaError) {
        guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else {
            throw MediaError(.invalidImage, "the image is empty")
        }
        let head = unsafe start.assumingMemoryBound(to: UInt8.self)
        let kind = unsafe media_vips_sniff(head, bytes.count)
        guard let name = Self.names[kind.rawValue] else {
            let known = "JPEG, PNG, WebP, TIFF and GIF"
            throw MediaError(
                .unsupportedImage,
                "the image is of an unknown kind; known are \(known)"
            )
        }
        var header = media_header()
        guard let opened = unsafe media_vips_open(start, bytes.count, &header) else {
            throw Self.failure("the image's header is broken")
        }
        unsafe source = opened
        format = name
        orientation = Int(header.orientation)
        // From 5 on, orientations exchange the sides.
        let isTurned = orientation >= 5
        width = Int(isTurned ? header.height : header.width)
        height = Int(isTurned ? header.width : header.height)
    }

    deinit {
        unsafe media_vips_close(source)
    }

    /// Decodes every pixel; call once.
    ///
    /// - Throws: `MediaError` with `invalidImage` when the image is broken or cut off.
    package consuming func decode() throws(MediaError) -> Picture {
        let picture = Picture(width: width, height: height)
        guard unsafe media_vips_decode(source, picture.pixels) == 0 else {
            throw Self.failure("the image is broken or cut off")
        }
        return picture
    }

    private static let names: [UInt32: String] = [
        MEDIA_FORMAT_JPEG.rawValue: "jpeg", MEDIA_FORMAT_PNG.rawValue: "png",
        MEDIA_FORMAT_WEBP.rawValue: "webp", MEDIA_FORMAT_TIFF.rawValue: "tiff",
        MEDIA_FORMAT_GIF.rawValue: "gif",
    ]

    private static func failure(_ sentence: String) -> MediaError {
        var text = [CChar](repeating: 0, count: 200)
        unsafe media_vips_take_error(&text, text.count)
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let reason = String(decoding: bytes, as: UTF8.self)
        return MediaError(.invalidImage, reason.isEmpty ? sentence : "\(sentence): \(reason)")
    }
}
