internal import CVips
package import MediaProtocol
package import Pixels

extension Picture {
    /// The file formats that pictures are written in.
    package enum FileFormat: String {
        /// Lossy, for photographs.
        case jpeg
        /// Lossless.
        case png
    }

    /// Writes this picture as a file.
    ///
    /// - Parameters:
    ///   - format: The container.
    ///   - quality: 1 to 100, for JPEG.
    ///   - output: Where the file goes.
    /// - Returns: The file's size in bytes.
    /// - Throws: `MediaError` with `outputTooSmall` or `failed`.
    package func encode(
        as format: FileFormat,
        quality: Int,
        to output: UnsafeMutableRawBufferPointer
    ) throws(MediaError) -> Int {
        guard let start = output.baseAddress else {
            throw MediaError(.badRequest, "the output has no room at all")
        }
        let count = unsafe media_vips_encode(
            pixels,
            Int32(width),
            Int32(height),
            format == .jpeg ? MEDIA_FORMAT_JPEG : MEDIA_FORMAT_PNG,
            Int32(quality),
            start,
            output.count
        )
        guard count > 0 else { throw MediaError(.failed, "the picture cannot be encoded") }
        guard count <= output.count else {
            let needs = "the file needs \(count) bytes, the output has \(output.count)"
            throw MediaError(.outputTooSmall, needs, needed: count)
        }
        return count
    }
}
