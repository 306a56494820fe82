/// Upright 8-bit sRGB pixels in memory of our own, three bytes each, rows without padding.
@safe
package final class Picture: @unchecked Sendable {
    // Unchecked: the memory is written only by whoever fills the picture before it is shared.

    /// Columns, at least 1.
    package let width: Int
    /// Rows, at least 1.
    package let height: Int
    /// The pixels; valid while this object lives, with `slack` readable bytes behind them.
    package let pixels: UnsafeMutablePointer<UInt8>

    /// Readable bytes behind the last pixel, so that kernels may load a pixel as four bytes.
    static let slack = 16

    /// Reserves memory for a picture; the pixels are arbitrary until they are written.
    ///
    /// - Parameters:
    ///   - width: Columns, at least 1.
    ///   - height: Rows, at least 1.
    package init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        self.width = width
        self.height = height
        unsafe pixels = .allocate(capacity: width * height * 3 + Self.slack)
        unsafe (pixels + width * height * 3).initialize(repeating: 0, count: Self.slack)
    }

    deinit {
        unsafe pixels.deallocate()
    }

    /// Bytes that the pixels take.
    package var byteCount: Int { width * height * 3 }
}
